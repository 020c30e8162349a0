"""What a narrower token may still do: the caveats that say it, and the request that asks for the same."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any

from ._caveats import Caveat, written
from ._errors import NarrowingError
from ._inspection import Inspection
from ._patterns import covers, refs_of, repositories_of
from ._rights import BRINGS_CONTENT, READING, Action, Right, in_order, listed, without_ref

_INEXACT = "a narrower token takes names, or one pattern that ends in /**; paths the latter only"
_OWNER_MAX, _REPOSITORY_MAX, _DELEGATE_MAX = 35, 100, 64
"""Bounds of the gateway's: `spanner` and every library have the same."""
_PART = re.compile(r"[A-Za-z0-9._-]+", re.ASCII)
_REF = re.compile(r"refs/[^\x00-\x20\x7f ~^:?*\[\\]+")
_REF_FAULT = re.compile(r"\.\.|@\{|\.$|/$|//|/[.+-]|\.lock(/|$)")


@dataclass(frozen=True)
class Narrowing:
    """Less than the token at hand. What is left out stays as it is; what the token has not is not given."""

    repositories: tuple[str, ...] = ()
    actions: frozenset[str] | None = None
    refs: tuple[str, ...] = ()
    paths: tuple[str, ...] = ()
    lifetime: int | None = None
    delegate: str | None = None

    @classmethod
    def of(
        cls,
        *,
        repositories: Sequence[str] | None = None,
        actions: Iterable[Action] | None = None,
        read_only: bool = False,
        refs: Sequence[str] | None = None,
        paths: Sequence[str] | None = None,
        lifetime: timedelta | float | None = None,
        delegate: str | None = None,
    ) -> Narrowing:
        """The same out of arguments."""
        for name, texts in (("repositories", repositories), ("actions", actions), ("refs", refs), ("paths", paths)):
            if isinstance(texts, str):
                raise NarrowingError(f"{name} takes a list")
            if texts is not None and name != "actions" and not texts:
                # Whoever computed it would be given everything.
                raise NarrowingError(f"{name}: none are named")
        wanted: frozenset[str] | None = None if actions is None else frozenset(actions)
        if read_only:
            wanted = (wanted or frozenset()) | frozenset(READING)
        if lifetime is not None:
            lifetime = lifetime.total_seconds() if isinstance(lifetime, timedelta) else lifetime
            if lifetime < 1:
                raise NarrowingError("a lifetime is at least a second")
        return cls(
            tuple(sorted({name.lower() for name in repositories or ()})),
            wanted,
            tuple(sorted(set(refs or ()))),
            tuple(sorted(set(paths or ()))),
            None if lifetime is None else int(lifetime),
            delegate,
        )

    def resolve(self, token: Inspection, now: datetime) -> Resolved:
        """The same for one token, once everything is known to be sayable."""
        actions = self._held(token.rights)
        _check_delegate(self.delegate)
        names = {
            "repositories": _repositories(self.repositories),
            "refs": _refs(self.refs),
            "paths": _paths(self.paths),
        }
        if actions is None and self.lifetime is None and not any(names.values()):
            raise NarrowingError("a narrowing says nothing, or has an empty set")
        besides = in_order(without_ref(self._granted(token.rights, actions)))
        caveats: list[Caveat] = []
        if self.lifetime is not None:
            caveats.append({"expires": written(now + timedelta(seconds=self.lifetime))})
        if actions is not None:
            caveats.append({"actions": in_order(_with_implied(actions))})
        if names["repositories"]:
            caveats.append({"repositories": names["repositories"]})
        if names["refs"]:
            caveats.append({"refs": {"refs": names["refs"], "besides": besides}})
        if names["paths"]:
            caveats.append({"paths": {"prefix": names["paths"]["under"], "besides": besides}})
        return Resolved(tuple(caveats), self.delegate, self._request(actions, token, now))

    def _held(self, rights: Sequence[Right]) -> frozenset[str] | None:
        """The actions asked for that the token has."""
        if self.actions is None:
            return None
        held = frozenset().union(*(listed(right) for right in rights))
        if not self.actions & held:
            raise NarrowingError("the token has none of these actions")
        return self.actions & held

    def _granted(self, rights: Sequence[Right], actions: frozenset[str] | None) -> list[Right]:
        """The rights that hold some of each member that is named, narrowed to the actions asked for."""
        holding = list(rights)
        if actions is not None:
            narrowed = (replace(right, actions=tuple(actions & listed(right))) for right in rights)
            holding = [right for right in narrowed if right.actions]
        holding = _reaching(
            holding, "repositories", self.repositories, lambda right: repositories_of(right.repositories)
        )
        holding = _reaching(holding, "refs", self.refs, lambda right: refs_of(right.refs))
        return _reaching(holding, "paths", self.paths, lambda right: right.paths)

    def _request(self, actions: frozenset[str] | None, token: Inspection, now: datetime) -> dict[str, Any]:
        said = {"repositories": self.repositories, "refs": self.refs, "paths": self.paths}
        entry = {"type": "gogs"} | {member: list(texts) for member, texts in said.items() if texts}
        request: dict[str, Any] = {}
        if actions is not None:
            # They may come out of several rights, and an entry must be contained in one.
            request["authorization_details"] = [entry | {"actions": [action]} for action in in_order(actions)]
        elif len(entry) > 1:
            request["authorization_details"] = [entry]
        if self.lifetime is not None:
            request["lifetime"] = max(1, min(self.lifetime, int((token.expires - now).total_seconds())))
        if self.delegate is not None:
            request["delegate"] = self.delegate
        return request


@dataclass(frozen=True)
class Resolved:
    """A narrowing for one token."""

    caveats: tuple[Caveat, ...]
    """What a block that is appended offline demands."""
    delegate: str | None
    request: dict[str, Any]
    """What the token endpoint is asked for the same."""


def _reaching(
    rights: list[Right], member: str, names: Sequence[str], patterns: Callable[[Right], Sequence[str]]
) -> list[Right]:
    """The rights that hold one of the names at least, where each of them is held by one at least."""
    missing = [name for name in names if not any(covers(patterns(right), name) for right in rights)]
    if missing:
        raise NarrowingError(f"{member}: no right of the token holds {', '.join(missing)}")
    return [right for right in rights if not names or any(covers(patterns(right), name) for name in names)]


def _with_implied(actions: frozenset[str]) -> frozenset[str]:
    implied = {"repository:read"} | ({"lfs:write"} if actions & BRINGS_CONTENT else set())
    return actions | implied


def _repositories(texts: Sequence[str]) -> dict[str, Any]:
    return _names("repositories", texts, _is_repository, ("**", "*"))


def _refs(texts: Sequence[str]) -> dict[str, Any]:
    return _names("refs", texts, _is_ref, ("**",))


def _paths(texts: Sequence[str]) -> dict[str, Any]:
    said = _names("paths", texts, _is_path, ("**",))
    if "exact" in said:
        raise NarrowingError(f"paths: {_INEXACT}")
    return said


def _names(member: str, texts: Sequence[str], is_name: Any, everything: Sequence[str]) -> dict[str, Any]:
    """Names, or everything below a prefix; empty where it is anything."""
    if not texts or "**" in texts:
        return {}
    if all(is_name(text) for text in texts):
        return {"exact": sorted(texts)}
    if len(texts) == 1:
        for tail in everything:
            prefix = texts[0].removesuffix(tail)
            if prefix != texts[0] and prefix.endswith("/") and is_name(prefix + "x"):
                return {"under": prefix}
    raise NarrowingError(f"{member}: {_INEXACT}")


def _is_repository(text: str) -> bool:
    owner, slash, name = text.partition("/")
    parts = all(_PART.fullmatch(part) and part not in (".", "..") for part in (owner, name))
    sized = len(owner) <= _OWNER_MAX and len(name) <= _REPOSITORY_MAX
    return bool(slash) and parts and sized and owner != "-" and not name.endswith((".git", ".wiki"))


def _is_ref(text: str) -> bool:
    return _REF.fullmatch(text) is not None and _REF_FAULT.search(text) is None


def _is_path(text: str) -> bool:
    segments = text.split("/")
    return (
        "*" not in text
        and text.isprintable()
        and all(s not in ("", ".", "..") and s.lower() != ".git" for s in segments)
    )


def _check_delegate(name: str | None) -> None:
    if name is not None and (not name or len(name.encode()) > _DELEGATE_MAX or any(not c.isprintable() for c in name)):
        raise NarrowingError("a delegate is 1 to 64 bytes of printable text")
