"""What a pattern holds."""

from __future__ import annotations

import pytest

from gogs_spanner._patterns import covers, refs_of, repositories_of


@pytest.mark.parametrize(
    ("pattern", "wanted", "held"),
    [
        ("acme/web", "acme/web", True),
        ("acme/w*", "acme/web", True),
        ("acme/*", "acme/web", True),
        ("*/web", "acme/web", True),
        ("acme/w*", "acme/api", False),
        ("acme/*", "acme/*", True),
        ("acme/*", "acme/**", True),
        ("acme/**", "acme/*", True),
        ("*/*", "acme/*", True),
        ("**", "acme/*", True),
        ("acme/site-*", "acme/*", False),
        ("other/*", "acme/*", False),
    ],
)
def test_repositories(pattern: str, wanted: str, held: bool) -> None:
    assert covers(repositories_of([pattern]), wanted) is held


@pytest.mark.parametrize(
    ("pattern", "wanted", "held"),
    [
        ("**", "refs/heads/main", True),
        ("**", "refs/notes/x", False),
        ("refs/heads/agents/**", "refs/heads/agents/a/b", True),
        ("refs/heads/agents/**", "refs/heads/agents", False),
        ("refs/heads/agents/*", "refs/heads/agents/a/b", False),
        ("refs/heads/**/wip", "refs/heads/wip", True),
        ("refs/heads/agents/**", "refs/heads/agents/docs/**", True),
        ("refs/heads/*/**", "refs/heads/agents/docs/**", True),
        ("refs/heads/agents/**", "refs/heads/**", False),
        ("refs/heads/agents/*", "refs/heads/agents/**", False),
        ("**", "refs/heads/**", True),
        ("refs/heads/agents.x", "refs/heads/agents-x", False),
    ],
)
def test_refs(pattern: str, wanted: str, held: bool) -> None:
    assert covers(refs_of([pattern]), wanted) is held
