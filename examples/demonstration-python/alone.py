"""What the tests of the examples share: each runs as its README says, by one command, and leaves nothing behind."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path


def runs_alone(program: Path, said: Sequence[str], home: Path) -> None:
    """Runs a program in an empty home, and insists on what it prints, in this order."""
    environment = {name: os.environ[name] for name in ("PATH", "SPANNER") if name in os.environ}
    environment |= {"TMPDIR": str(home), "HOME": str(home), "PYTHONDONTWRITEBYTECODE": "1"}
    done = subprocess.run(
        [sys.executable, program],
        env=environment,
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        check=False,
    )
    assert (done.returncode, done.stderr) == (0, ""), f"{done.stdout}\n{done.stderr}"
    rest = done.stdout
    for line in said:
        assert line in rest, f"`{line}` is missing in:\n{done.stdout}"
        rest = rest.partition(line)[2]
    assert "gsp_" not in done.stdout
    assert not list(home.iterdir())
