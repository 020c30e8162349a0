"""What a token grants, and the actions there are."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Literal

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

IMPLIED = frozenset({"repository:read", "lfs:write"})
READING = ("repository:read", "contents:read", "issues:read", "wiki:read", "directory:read")
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


def without_ref(rights: Iterable[Right]) -> set[str]:
    """The actions that a limit on refs or paths does not concern. Reading contents is not among them: a clone reads every
    ref."""
    listed = {action for right in rights for action in right.actions}
    return {action for action in listed if action not in _ON_A_REF and action != "contents:read"} | {"repository:read"}
