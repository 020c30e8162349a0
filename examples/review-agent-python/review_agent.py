"""An agent that reviews a README: it reads files, comments on an issue, tries to write where it may not, reads the hint it
is given and does the allowed thing instead.

    review_agent.py OWNER/REPOSITORY ISSUE      at the gateway of the environment
    review_agent.py                             at a demonstration
"""

from __future__ import annotations

import base64
import contextlib
import sys
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from gogs_spanner import Client, Refused, Right, Session

NOTE = "\nSee the issues for what is planned.\n"
"""What the agent would like to add."""


@dataclass(frozen=True)
class Review:
    """What it did."""

    files: list[str]
    comment: int
    refused: Refused
    """What it was told when it tried to write the default branch."""
    branch: str
    """The branch it wrote instead."""


class Repository:
    """The few calls of the forge's API this agent needs. That a gateway stands before it shows nowhere but in a refusal."""

    def __init__(self, client: Client, name: str) -> None:
        self._client = client
        self._path = f"/api/v1/repos/{name}"

    def about(self, rest: str = "") -> Any:
        """Reads something of it."""
        return self._client.get(self._path + rest).raise_for_status().json()

    def text(self, file: str) -> str:
        """The text of a file."""
        return base64.b64decode(self.about(f"/contents/{file}")["content"]).decode()

    def comment(self, issue: int, text: str) -> int:
        """Comments on an issue, and gives the comment's id."""
        answer = self._client.post(f"{self._path}/issues/{issue}/comments", json={"body": text})
        return int(answer.raise_for_status().json()["id"])

    def write(self, file: str, text: str, branch: str) -> None:
        """Writes a file to a branch, which is made if there is none."""
        content = base64.b64encode(text.encode()).decode()
        body = {"message": f"Write {file}", "content": content, "branch": branch}
        self._client.put(f"{self._path}/contents/{file}", json=body).raise_for_status()


def review(session: Session, name: str, issue: int, say: Callable[[str], None]) -> Review:
    """Does the task, and says what it does."""
    repository = Repository(session.client(), name)
    say(f"issue {issue}: {repository.about(f'/issues/{issue}')['title']}")
    files = [entry["path"] for entry in repository.about("/contents")]
    readme = repository.text("README.md")
    say(f"read {', '.join(files)}; the README has {len(readme)} bytes")

    remark = f"I have read the README, all {len(readme)} bytes of it, and would add a line."
    comment = repository.comment(issue, remark)
    say(f"commented (id {comment})")

    # Writing the default branch would be the quickest way.
    default = repository.about()["default_branch"]
    try:
        repository.write("README.md", readme + NOTE, default)
    except Refused as no:
        refused = no
    else:
        raise SystemExit("error: it may write the default branch; give it a role that cannot")
    say(f"may not write {default}: {refused.why} ({refused.reason})")
    say(f"hint: {refused.hint}")

    # The hint says where to look: the token tells which branches are there to write.
    branch = proposal(session.token().rights, issue)
    repository.write("README.md", readme + NOTE, branch)
    say(f"wrote the branch {branch} instead")
    return Review(files, comment, refused, branch)


def proposal(rights: tuple[Right, ...], issue: int) -> str:
    """A branch that the rights let an agent create, named for an issue."""
    for right in rights:
        for pattern in right.refs if "ref:create" in right.actions else ():
            prefix = pattern.removeprefix("refs/heads/").removesuffix("**")
            if prefix.endswith("/") and "*" not in prefix and pattern == f"refs/heads/{prefix}**":
                return f"{prefix}review-{issue}"
    raise SystemExit("error: no right to create a branch below some prefix, such as `refs/heads/agents/**`")


def main(arguments: list[str]) -> None:
    """At the gateway of the environment, or at a demonstration."""
    with contextlib.ExitStack() as stack:
        match arguments:
            case []:
                sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "demonstration-python"))
                from demonstration import Demonstration

                demonstration = stack.enter_context(Demonstration.start())
                session, name, issue = demonstration.session(), demonstration.repositories[0], "1"
            case [name, issue]:
                session = Session.discover()
            case _:
                raise SystemExit("usage: review_agent.py [OWNER/REPOSITORY ISSUE]")
        review(stack.enter_context(session), name, int(issue), lambda line: print(line, flush=True))


if __name__ == "__main__":
    main(sys.argv[1:])
