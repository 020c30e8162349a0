"""A gateway to try an example on: `spanner demo`, started for as long as a program runs.

It brings a forge and an identity provider, shows the main job, and then says in one line of JSON where it is and what to
prove oneself with. `SPANNER` names the binary; without it, it is built.
"""

from __future__ import annotations

import json
import os
import signal
import subprocess
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from gogs_spanner import Session

_WORKSPACE = Path(__file__).resolve().parents[2] / "Cargo.toml"


@dataclass
class Demonstration:
    """A running demonstration; leaving it ends it, and removes what it made."""

    process: subprocess.Popen[str]
    url: str
    agent: str
    key_file: str
    repositories: list[str]
    """The agent has rights in these; the first has an issue, number 1."""

    @classmethod
    def start(cls) -> Demonstration:
        """Starts it, and waits until it is ready."""
        process = subprocess.Popen(
            [*_spanner(), "demo", "--json"], stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, text=True
        )
        assert process.stdout
        for line in process.stdout:
            ready: dict[str, Any] | None = json.loads(line).get("ready")
            if ready:
                said = {name: ready[name] for name in ("url", "agent", "key_file", "repositories")}
                return cls(process, **said)
        raise RuntimeError(f"the demonstration ended with {process.wait()} before it was ready")

    def session(self) -> Session:
        """A session of the agent it knows: `docs-writer`, with a key."""
        return Session.discover(url=self.url, agent=self.agent, key_file=self.key_file)

    def __enter__(self) -> Demonstration:
        return self

    def __exit__(self, *_: object) -> None:
        self.process.send_signal(signal.SIGTERM)
        self.process.communicate()


def _spanner() -> list[str]:
    """`spanner`: the binary that is named, or the one cargo builds."""
    named = os.environ.get("SPANNER")
    return [named] if named else ["cargo", "run", "--quiet", "--release", "--manifest-path", str(_WORKSPACE), "--"]
