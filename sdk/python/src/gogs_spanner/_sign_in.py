"""What a person leaves on a machine when she signs in there (`spanner login`): a file for each gateway, which only she can
read. `docs/reference/sign-ins.md` has the format."""

from __future__ import annotations

import json
import os
import re
import stat
from collections.abc import Callable
from datetime import datetime
from pathlib import Path

from ._errors import ProofError
from ._origin import Origin

STATE, LOCAL, HOME = "XDG_STATE_HOME", "LOCALAPPDATA", "HOME"
"""Where state that may be lost lies (XDG Base Directory Specification), the same on Windows, and her directory."""
_OURS = "gogs-spanner/sign-ins"
_FILE_MAX = 64 * 1024
"""Larger than any sign-in; what is larger is something else."""
_MEMBERS = {"gateway", "sign_in", "person", "expires"}
_NOT_PLAIN = re.compile(r"[^A-Za-z0-9.-]")
_TIME = re.compile(r"(\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d)(?:\.\d+)?(Z|[+-]\d\d:\d\d)", re.ASCII)


class SignIns:
    """Where sign-ins lie."""

    def __init__(self, directory: Path) -> None:
        self._directory = directory

    @classmethod
    def found(cls, said: Callable[[str], str | None]) -> SignIns | None:
        """Those of whoever runs this program; none where no variable says where her files are."""
        state, home = said(STATE), said(HOME)
        if state is None or not os.path.isabs(state):  # a relative one is to be ignored, the specification says
            state = said(LOCAL) or (home and os.path.join(home, ".local/state"))
        return cls(Path(state, _OURS)) if state else None

    def file(self, gateway: Origin) -> Path:
        """The file of the sign-in at a gateway, whether it is there or not."""
        return self._directory / (_NOT_PLAIN.sub("_", str(gateway)) + ".json")

    def standing(self, gateway: Origin, now: float) -> str:
        """The secret of the sign-in at a gateway, if that still stands then."""
        file = self.file(gateway)
        try:
            sign_in = json.loads(_read_private(file))
            is_one = sign_in.keys() == _MEMBERS and all(isinstance(value, str) for value in sign_in.values())
            expires = _seconds(sign_in["expires"]) if is_one else None
        except FileNotFoundError:
            raise _unusable(f"nobody is signed in at {gateway} on this machine") from None
        except (OSError, UnicodeDecodeError) as error:
            raise _unusable(f"could not read the sign-in in {file}") from error
        except (ValueError, AttributeError):
            expires = None
        if expires is None or sign_in["gateway"] != str(gateway):
            raise _unusable(f"{file} does not hold a sign-in at this gateway")
        if now >= expires:
            raise _unusable(f"the sign-in of {sign_in['person']} at {gateway} has ended")
        return str(sign_in["sign_in"])


def _read_private(file: Path) -> str:
    with file.open("rb") as opened:
        if os.name == "posix" and os.fstat(opened.fileno()).st_mode & (stat.S_IRWXG | stat.S_IRWXO):
            raise _unusable(f"the sign-in in {file} is open to other users")
        return opened.read(_FILE_MAX).decode()


def _seconds(time: str) -> float | None:
    """An instant of RFC 3339, down to the second."""
    read = _TIME.fullmatch(time)
    return datetime.fromisoformat(read[1] + read[2].replace("Z", "+00:00")).timestamp() if read else None


def _unusable(why: str) -> ProofError:
    return ProofError(f"{why}; a person must run `spanner login`")
