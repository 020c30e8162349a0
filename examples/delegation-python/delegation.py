"""A planner hands two workers tokens that can do less than its own: each reads one repository, for five minutes.

With `gogs-spanner[offline]` making them asks nobody. A worker that tries the other's repository is refused by the gateway,
whatever the planner may do there.

    delegation.py OWNER/ONE OWNER/OTHER     at the gateway of the environment
    delegation.py                           at a demonstration
"""

from __future__ import annotations

import contextlib
import subprocess
import sys
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from typing import Any

from gogs_spanner import Client, Refused, Session, Token

ERRAND = timedelta(minutes=5)
"""As long as an errand may take."""
WORKER = "worker"
"""Tells a process that it is a worker."""


@dataclass(frozen=True)
class Errand:
    """What one worker is to do, and the token to do it with."""

    worker: str
    """Who is to do it. It stands in the gateway's journal beside the planner's name."""
    repository: str
    token: Token
    """Good for that, and for nothing else."""


def plan(token: Token, repositories: list[str]) -> list[Errand]:
    """Makes an errand of each repository."""

    def errand(worker: str, repository: str) -> Errand:
        narrow = token.narrow(repositories=[repository], read_only=True, lifetime=ERRAND, delegate=worker)
        return Errand(worker, repository, narrow)

    return [errand(f"worker-{at}", repository) for at, repository in enumerate(repositories, start=1)]


def work(client: Client, repository: str) -> Any:
    """Does an errand."""
    return client.get(f"/api/v1/repos/{repository}").raise_for_status().json()


def stray(client: Client, repository: str) -> Refused:
    """Tries a repository that is somebody else's, and gives the refusal."""
    try:
        work(client, repository)
    except Refused as no:
        return no
    raise SystemExit(f"error: a worker was let into {repository}")


def send(errand: Errand, strays_to: str | None) -> None:
    """Starts a worker, hands it its token, and waits for it. It inherits nothing: the planner's own proof is in the
    environment. No command line shows the token."""
    words = [sys.executable, "-B", __file__, WORKER, errand.token.url, errand.repository, *filter(None, [strays_to])]
    subprocess.run(words, env={}, input=errand.token.expose(), text=True, check=True)


def be_worker(url: str, own: str, others: list[str]) -> None:
    """Works with the gateway it was told of, and the token it was handed."""
    client = Token.parse(sys.stdin.read()).client(url)
    found = work(client, own)
    say(f"a worker reads {found['full_name']}, whose default branch is {found['default_branch']}")
    for other in others:
        refused = stray(client, other)
        say(f"it tries {other}: {refused.why} ({refused.reason})")
        say(f"hint: {refused.hint}")


def be_planner(session: Session, repositories: list[str]) -> None:
    """Plans, and sends the workers."""
    one, other = plan(session.token(), repositories)
    say("the planner narrows its token twice")
    send(one, None)
    send(other, one.repository)


def say(line: str) -> None:
    """To whoever watches."""
    print(line, flush=True)


def main(arguments: list[str]) -> None:
    """As a worker, or as the planner at the gateway of the environment or at a demonstration."""
    match arguments:
        case ["worker", url, own, *others]:
            be_worker(url, own, others)
        case []:
            sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "demonstration-python"))
            from demonstration import Demonstration

            with Demonstration.start() as demonstration, demonstration.session() as session:
                be_planner(session, demonstration.repositories[:2])
        case [_, _]:
            with contextlib.closing(Session.discover()) as session:
                be_planner(session, arguments)
        case _:
            raise SystemExit("usage: delegation.py [OWNER/ONE OWNER/OTHER]")


if __name__ == "__main__":
    main(sys.argv[1:])
