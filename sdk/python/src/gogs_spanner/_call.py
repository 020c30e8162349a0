"""One call of the API behind a gateway: it carries a token, is sent again where that is sound, and every no has a type."""

from __future__ import annotations

from collections.abc import Generator
from dataclasses import dataclass
from typing import Protocol, TypeAlias

import httpx

from . import _refusal, _trace
from ._errors import Elsewhere, PathError, Refused
from ._held import Held
from ._origin import Origin
from ._steps import Pause, Steps

_ENDED = ("token-expired", "token-not-accepted")
_NOTHING_WAS_DONE = frozenset(
    "limit-reached journal-unavailable store-unavailable policy-changed spool-full run-limit draining".split()
)
"""Refusals before anything was forwarded: whatever the call was, it may be made again."""
_CHANGES_NOTHING = ("GET", "HEAD")


class Bearer(Protocol):
    """Whoever has a token for a call."""

    origin: Origin
    renewable: bool

    def token(self) -> Steps[Held]:
        """One that is valid now."""
        ...

    def another(self, stale: Held) -> Steps[Held]:
        """Another than one that was not accepted."""
        ...

    def forget(self, token: Held) -> None:
        """Gives up one that was ended."""
        ...


@dataclass(frozen=True)
class Send:
    """Send this request, and give back the response."""

    request: httpx.Request


@dataclass(frozen=True)
class Read:
    """Read the response to its end."""

    response: httpx.Response


@dataclass(frozen=True)
class Get:
    """Take these steps, and give back the token they end with."""

    steps: Steps[Held]


Doing: TypeAlias = Generator[Send | Read | Get | Pause, object, None]


def carry(request: httpx.Request, bearer: Bearer, patience: float) -> Doing:
    """Carries a request to the gateway; `Refused` if it says no, after so many seconds of waiting at most."""
    if not bearer.origin.holds(request.url):
        raise Elsewhere(str(bearer.origin), f"{request.url.scheme}://{request.url.netloc.decode('ascii')}")
    token = _held((yield Get(bearer.token())))
    may_renew = bearer.renewable and _is_at_hand(request)
    while True:
        refused = yield from _once(request, token)
        if refused is None:
            return
        if refused.reason == "token-revoked":
            bearer.forget(token)
        if refused.reason in _ENDED and may_renew:
            # The gateway decides before it forwards anything, so nothing is done twice.
            may_renew = False
            token = _held((yield Get(bearer.another(token))))
        elif refused.retry is not None and refused.retry <= patience and _may_be_repeated(request, refused):
            yield Pause(refused.retry)
            patience -= max(refused.retry, 1)
            token = _held((yield Get(bearer.token())))
        else:
            raise refused


def _once(request: httpx.Request, token: Held) -> Generator[Send | Read, object, Refused | None]:
    request.headers["Authorization"] = f"Bearer {token.text}"
    _trace.inject(request.headers)
    response = yield Send(request)
    assert isinstance(response, httpx.Response)
    if response.is_success or not response.headers.get("content-type", "").startswith(_refusal.PROBLEM):
        return None
    yield Read(response)
    return _refusal.read(response.status_code, response.content)


def _may_be_repeated(request: httpx.Request, refused: Refused) -> bool:
    return _is_at_hand(request) and (request.method in _CHANGES_NOTHING or refused.reason in _NOTHING_WAS_DONE)


def _is_at_hand(request: httpx.Request) -> bool:
    """Whether its body can be sent twice."""
    return isinstance(request.stream, httpx.ByteStream)


def _held(done: object) -> Held:
    assert isinstance(done, Held)
    return done


def check_path(url: httpx.URL | str) -> None:
    """A call names a path, never a host, and no name that is put into the path leads elsewhere."""
    path = str(url)
    if not path.startswith("/") or path.startswith("//"):
        raise PathError("a path begins with one slash and names no host")
    if any(char in "\\#" or ord(char) < 0x20 or ord(char) == 0x7F for char in path):
        raise PathError("a path has no backslash, no fragment and no control character")
    segments = path.partition("?")[0].lower().replace("%2e", ".").split("/")
    if any(segment in (".", "..") for segment in segments):
        raise PathError("a path has no segment `.` or `..`")
