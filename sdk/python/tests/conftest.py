"""What the tests share: a gateway that answers as told, a real one, a clock that moves when it is told to."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import anyio.from_thread
import pytest

from .clock import ManualClock
from .fake import FakeGateway
from .kinds import Kind, Tasks, Threads
from .scene import PROGRAM, Scene
from .vectors import DIRECTORY


@pytest.fixture
def clock() -> ManualClock:
    return ManualClock()


@pytest.fixture
def fake() -> Iterator[FakeGateway]:
    with FakeGateway() as fake:
        yield fake


@pytest.fixture
def scene() -> Iterator[Scene]:
    with Scene.set() as scene:
        yield scene


@pytest.fixture(params=["threads", "tasks"])
def kind(request: pytest.FixtureRequest) -> Iterator[Kind]:
    """The same words for threads and for tasks."""
    if request.param == "threads":
        yield Threads()
    else:
        with anyio.from_thread.start_blocking_portal() as portal:
            yield Tasks(portal)


@pytest.fixture(autouse=True)
def bare(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """Nothing of the machine that runs the tests is found."""
    for name in list(os.environ):
        if name.startswith(("GOGS_SPANNER_", "ACTIONS_")) and name not in (PROGRAM, DIRECTORY):
            monkeypatch.delenv(name)
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path / "state"))


@pytest.fixture
def key_file(tmp_path: Path) -> Path:
    """The key of RFC 8037 appendix A."""
    file = tmp_path / "key.pem"
    seed = "MC4CAQAwBQYDK2VwBCIEIJ1hsZ3v/VpguoRK9JLsLMREScVpezJpGXA7rAMcrn9g"
    file.write_text(f"-----BEGIN PRIVATE KEY-----\n{seed}\n-----END PRIVATE KEY-----\n")
    return file


@pytest.fixture
def session(fake: FakeGateway, kind: Kind, clock: ManualClock, key_file: Path) -> Any:
    """A session of `ci-web` with its key, at the gateway that answers as told."""
    return kind.session(url=fake.url, agent="ci-web", key_file=key_file, clock=clock)
