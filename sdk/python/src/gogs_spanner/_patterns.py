"""Patterns of names: `*` within a segment, `**` across segments."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence

_REF_ROOTS = ("refs/heads/", "refs/tags/")


def covers(patterns: Iterable[str], wanted: str) -> bool:
    """Whether one of the patterns holds a name, or everything that a pattern `x/**` holds."""
    if "*" not in wanted:
        return any(_compiled(pattern).fullmatch(wanted) for pattern in patterns)
    [wanted] = repositories_of([wanted])
    segments = wanted.split("/")[:-1]
    # `a/**` holds everything below `a`, and so all that is below `a/b`.
    above = ["/".join(segments[:length]) for length in range(1, len(segments) + 1)]
    return any(_is_root(pattern, above) for pattern in patterns)


def repositories_of(patterns: Sequence[str]) -> list[str]:
    """As every repository is `owner/name`, `acme/*` and `acme/**` hold the same."""
    return [f"{pattern}*" if pattern.endswith("/*") else pattern for pattern in patterns]


def refs_of(patterns: Sequence[str]) -> list[str]:
    """In a pattern of refs, `**` at the front means below `refs/heads/` or `refs/tags/`."""
    rooted = (
        [root + pattern for root in _REF_ROOTS] if pattern.startswith("**") else [pattern] for pattern in patterns
    )
    return [pattern for forms in rooted for pattern in forms]


def _is_root(pattern: str, above: Sequence[str]) -> bool:
    if pattern == "**":
        return True
    return pattern.endswith("/**") and any(_compiled(pattern[: -len("/**")]).fullmatch(place) for place in above)


def _compiled(pattern: str) -> re.Pattern[str]:
    *front, last = pattern.split("/")
    text = "".join("(?:.+/)?" if segment == "**" else _segment(segment) + "/" for segment in front)
    return re.compile(text + (".+" if last == "**" else _segment(last)), re.DOTALL)


def _segment(segment: str) -> str:
    return "[^/]*".join(re.escape(piece) for piece in segment.split("*"))
