"""What a token grants, and the actions there are."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Literal, get_args

Action = Literal[
    "contents:read",
    "ref:create",
    "ref:update",
    "ref:force",
    "ref:delete",
    "wiki:read",
    "wiki:write",
    "issues:read",
    "issues:write",
    "repository:admin",
    "repository:create",
    "repository:delete",
    "directory:read",
    "credentials:mint",
    "repository:read",
    "lfs:write",
]
"""What an agent may do. `repository:read` and `lfs:write` follow from others."""

READING: tuple[Action, ...] = ("repository:read", "contents:read", "issues:read", "wiki:read", "directory:read")
"""The actions that change nothing."""
BRINGS_CONTENT = frozenset({"ref:create", "ref:update", "ref:force"})
_ON_A_REF = BRINGS_CONTENT | {"ref:delete", "lfs:write"}


@dataclass(frozen=True)
class Right:
    """Actions × repositories × refs × paths, each a set of patterns."""

    actions: tuple[str, ...]
    repositories: tuple[str, ...]
    refs: tuple[str, ...] = ("**",)
    paths: tuple[str, ...] = ("**",)
    merge_from: tuple[str, ...] = ()
    """Refs that may be merged whatever their paths."""


ACTIONS: tuple[str, ...] = get_args(Action)


def in_order(actions: Iterable[str]) -> list[str]:
    """As they are listed everywhere: in the order of the table."""
    return sorted(actions, key=lambda action: (ACTIONS.index(action) if action in ACTIONS else len(ACTIONS), action))


def listed(right: Right) -> frozenset[str]:
    """Its actions, and those that follow from them."""
    brings = BRINGS_CONTENT & set(right.actions)
    return frozenset(right.actions) | {"repository:read"} | ({"lfs:write"} if brings else set())


def without_ref(rights: Iterable[Right]) -> set[str]:
    """The actions that a limit on refs or paths does not concern. Reading contents is not among them: a clone reads every
    ref."""
    listed = {action for right in rights for action in right.actions}
    return {action for action in listed if action not in _ON_A_REF and action != "contents:read"} | {"repository:read"}
