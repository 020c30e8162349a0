"""Narrowing without asking anybody, where a Biscuit library is at hand (`pip install gogs-spanner[offline]`).

The library appends to a token whose signatures it has verified, so the gateway's public key must be known.
"""

from __future__ import annotations

import importlib
from collections.abc import Mapping
from typing import Any

from . import _text
from ._caveats import Caveat
from ._errors import NarrowingError
from ._narrowing import Resolved

PublicKeys = Mapping[int, bytes]
"""The gateway's root keys, by their ids."""

_TOKEN_MAX = 4096


def is_possible() -> bool:
    """Whether a Biscuit library loads."""
    return _library() is not None


def attenuate(text: str, resolved: Resolved, key: bytes) -> str:
    """Appends one block, whose signature anybody can verify and nobody can take away."""
    library = _library()
    assert library is not None, "asked for before"
    block = library.BlockBuilder("")
    if resolved.delegate is not None:
        block.add_fact(library.Fact("delegate({name})", {"name": resolved.delegate}))
    for caveat in resolved.caveats:
        source, values = _datalog(caveat)
        block.add_check(library.Check(source, values))
    try:
        root = library.PublicKey.from_bytes(key, library.Algorithm.Ed25519)
        narrowed = bytes(library.Biscuit.from_bytes(_text.decode(text), root).append(block).to_bytes())
    except library.BiscuitValidationError:
        raise NarrowingError("the token is not one of this gateway's") from None
    if len(narrowed) > _TOKEN_MAX:
        raise NarrowingError("the narrowed token would have more than 4096 bytes")
    return _text.encode(narrowed)


def _library() -> Any:
    try:
        return importlib.import_module("biscuit_auth")
    except ImportError:
        return None


def _datalog(caveat: Caveat) -> tuple[str, dict[str, Any]]:
    """A check of the closed list; the values are parameters, never text of the program."""
    match caveat:
        case {"expires": end}:
            return f"check if time($t), $t <= {end}", {}
        case {"actions": actions}:
            return "check if operation($o), {values}.contains($o)", {"values": set(actions)}
        case {"repositories": names}:
            source, values = _within("resource($r)", "$r", names)
            return f"check if {source}", values
        case {"refs": {"refs": names, "besides": besides}}:
            source, values = _within("ref($f)", "$f", names)
            return f"check if {source} or {_BESIDES}", values | {"besides": set(besides)}
        case {"paths": {"prefix": prefix, "besides": besides}}:
            source, values = _within("path($p)", "$p", {"under": prefix})
            return f"check all {source} or {_BESIDES}", values | {"besides": set(besides)}
    raise NarrowingError(f"no caveat: {caveat}")


_BESIDES = "operation($o), {besides}.contains($o)"


def _within(fact: str, variable: str, names: Mapping[str, Any]) -> tuple[str, dict[str, Any]]:
    if "exact" in names:
        return f"{fact}, {{values}}.contains({variable})", {"values": set(names["exact"])}
    return f"{fact}, {variable}.starts_with({{prefix}})", {"prefix": names["under"]}
