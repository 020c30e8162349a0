"""The example as its README says: one command, and nothing else."""

from __future__ import annotations

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
    sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "demonstration-python"))
    from alone import runs_alone

    runs_alone(Path(__file__).with_name("delegation.py"), SAID, tmp_path)
