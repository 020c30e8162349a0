"""The example as its README says: one command, and nothing else."""

from __future__ import annotations

import sys
from pathlib import Path

SAID = [
    "commented (id ",
    "may not write master: ",
    "hint: use what `spanner token inspect` shows",
    "wrote the branch agents/docs/review-1 instead",
]


def test_the_example_runs_alone_and_leaves_nothing_behind(tmp_path: Path) -> None:
    sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "demonstration-python"))
    from alone import runs_alone

    runs_alone(Path(__file__).with_name("review_agent.py"), SAID, tmp_path)
