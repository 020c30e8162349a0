"""Patterns of names: `*` within a segment, `**` across segments."""

from __future__ import annotations

import re
from collections.abc import Iterable

_REF_ROOTS = ("refs/heads/", "refs/tags/")


def covers(patterns: Iterable[str], wanted: str, *, refs: bool = False) -> bool:
    """Whether one of the patterns holds a name, or everything a pattern `x/**` or `x/*` is about.

    Where that cannot be seen at a glance the answer is no.
    """
    return any(_holds(form, wanted) for pattern in patterns for form in _forms(pattern, refs))


def _forms(pattern: str, refs: bool) -> list[str]:
    """In a pattern of refs, `**` at the front means below `refs/heads/` or `refs/tags/`."""
    return [root + pattern for root in _REF_ROOTS] if refs and pattern.startswith("**") else [pattern]


def _holds(pattern: str, wanted: str) -> bool:
    if pattern == wanted:
        return True
    if "*" not in wanted:
        return _compiled(pattern).fullmatch(wanted) is not None
    prefix, _, tail = wanted.rpartition("/")
    if "*" in prefix or tail not in ("*", "**"):
        return False
    # `a/**` holds everything below `a`, so also all that is below `a/b`.
    root = pattern[: -len("**")] if pattern.endswith("**") else None
    return root is not None and "*" not in root and f"{prefix}/".startswith(root)


def _compiled(pattern: str) -> re.Pattern[str]:
    *front, last = pattern.split("/")
    text = "".join("(?:.+/)?" if segment == "**" else _segment(segment) + "/" for segment in front)
    return re.compile(text + (".+" if last == "**" else _segment(last)), re.DOTALL)


def _segment(segment: str) -> str:
    return "[^/]*".join(re.escape(piece) for piece in segment.split("*"))
