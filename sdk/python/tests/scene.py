"""The real gateway before a demonstration forge, directed line by line (`sdk/vectors/README.md`)."""

from __future__ import annotations

import json
import os
import subprocess
from datetime import datetime
from pathlib import Path
from typing import Any

import pytest

from .clock import ManualClock

PROGRAM = "GOGS_SPANNER_SCENE"
"""Names gogs-spanner-scene."""


class Scene:
    def __init__(self, process: subprocess.Popen[str]) -> None:
        self._process = process
        self.said = self._line()
        self.url: str = self.said["url"]
        self.directory = Path(self.said["directory"])
        self.vouched_for: str = self.said["vouched_for"]
        self.lent_to: str = self.said["lent_to"]

    @classmethod
    def set(cls) -> Scene:
        program = os.environ.get(PROGRAM)
        if not program:
            pytest.skip(f"{PROGRAM} does not name gogs-spanner-scene")
        pipe = subprocess.PIPE
        return cls(subprocess.Popen([program], stdin=pipe, stdout=pipe, stderr=subprocess.DEVNULL, text=True))

    def key_file(self, agent: str = "docs-writer") -> Path:
        return Path(self.said["key_files"][agent])

    def clock(self) -> ManualClock:
        """One that agrees with the gateway's."""
        return ManualClock(datetime.fromisoformat(self.said["time"][:19] + "+00:00"))

    def do(self, command: str, **more: Any) -> Any:
        assert self._process.stdin
        self._process.stdin.write(json.dumps({"do": command, **more}) + "\n")
        self._process.stdin.flush()
        answer = self._line()
        assert "ok" in answer, answer
        return answer["ok"]

    def issued(self) -> int:
        return int(self.do("count")["issued"])

    def __enter__(self) -> Scene:
        return self

    def __exit__(self, *_: object) -> None:
        assert self._process.stdin and self._process.stdout
        self._process.stdin.close()
        assert self._process.wait() == 0
        self._process.stdout.close()

    def _line(self) -> dict[str, Any]:
        assert self._process.stdout
        line: dict[str, Any] = json.loads(self._process.stdout.readline())
        return line
