"""What an agent asks the gateway itself: who it is, and what it may do."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Literal

import httpx

from ._errors import Unintelligible
from ._rights import Action, Right

WHOAMI = "/-/spanner/api/v1/whoami"
CAN = "/-/spanner/api/v1/can"


@dataclass(frozen=True)
class Effect:
    """What a request would do."""

    action: Action
    repository: str | None = None
    ref: str | None = None
    """In full, `refs/heads/main`."""
    paths: Sequence[str] = ()

    def document(self) -> dict[str, Any]:
        """As it is asked about."""
        said = {"action": self.action, "repository": self.repository, "ref": self.ref, "paths": list(self.paths)}
        return {member: value for member, value in said.items() if value}


@dataclass(frozen=True)
class Decision:
    """What would be decided of an effect now. It is true if it is permitted."""

    outcome: Literal["permit", "refuse", "unknown"]
    reason: str | None = None
    detail: str | None = None
    hint: str | None = None
    next: str | None = None
    """What to do next, as a word for programs."""
    retry: int | None = None
    """Seconds after which the answer may be another; `None`: not by waiting."""

    def __bool__(self) -> bool:
        return self.outcome == "permit"


@dataclass(frozen=True)
class Whoami:
    """Who the caller is, until when, and what it may do now."""

    agent: str
    owner: str | None
    on_behalf_of: str | None
    token: str
    """The token's revocation id."""
    expires: datetime
    expires_in: int
    rights: tuple[Right, ...]
    """What token, caveats and today's policy leave together."""
    limits: Mapping[str, Any] = field(default_factory=dict)
    """Each limit of the agent: `limit`, `remaining`, `resets_in`."""
    document: Mapping[str, Any] = field(default_factory=dict, repr=False)
    """The whole answer."""


def question(effects: Sequence[Effect | Mapping[str, Any]]) -> dict[str, Any]:
    """The body of a question."""
    return {"effects": [effect.document() if isinstance(effect, Effect) else dict(effect) for effect in effects]}


def decisions(response: httpx.Response) -> list[Decision]:
    """The decisions of an answer, in the order of the effects."""
    members = ("outcome", "reason", "detail", "hint", "next", "retry")
    try:
        found = response.json()["decisions"]
        return [Decision(**{member: decision.get(member) for member in members}) for decision in found]
    except (ValueError, KeyError, TypeError, AttributeError):
        raise Unintelligible(response.status_code) from None


def whoami(response: httpx.Response) -> Whoami:
    """What an answer says."""
    try:
        said = response.json()
        return Whoami(
            agent=said["agent"],
            owner=said.get("owner"),
            on_behalf_of=said.get("on_behalf_of"),
            token=said["token"],
            expires=datetime.fromisoformat(said["expires"].replace("Z", "+00:00")),
            expires_in=said["expires_in"],
            rights=tuple(_right(right) for right in said["rights"]),
            limits=said.get("limits", {}),
            document=said,
        )
    except (ValueError, KeyError, TypeError, AttributeError):
        raise Unintelligible(response.status_code) from None


def _right(right: Mapping[str, Any]) -> Right:
    actions, repositories, refs, paths = (tuple(right[m]) for m in ("actions", "repositories", "refs", "paths"))
    return Right(actions, repositories, refs, paths, tuple(right.get("merge_from", ())))
