"""The example as its README says: one command, and nothing else."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

SAID = [
    "a worker reads acme/handbook",
    "a worker reads acme/site",
    "it tries acme/handbook: ",
    "(narrowed)",
    "hint: ",
]


def test_the_example_runs_alone_and_leaves_nothing_behind(tmp_path: Path) -> None:
    program = Path(__file__).with_name("delegation.py")
    environment = {name: os.environ[name] for name in ("PATH", "SPANNER") if name in os.environ}
    environment |= {"TMPDIR": str(tmp_path), "HOME": str(tmp_path), "PYTHONDONTWRITEBYTECODE": "1"}
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
    for line in SAID:
        assert line in rest, f"`{line}` is missing in:\n{done.stdout}"
        rest = rest.partition(line)[2]
    assert "gsp_" not in done.stdout
    assert not list(tmp_path.iterdir())
