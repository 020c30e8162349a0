"""The closed list of what a later block may demand, read from a token and written to one.

A caveat is an object of one member, as `spanner token inspect --json` shows it.
"""

from __future__ import annotations

import json
from collections.abc import Iterable
from datetime import datetime, timezone
from typing import Any, TypeAlias

from ._rights import in_order
from ._statements import Check, Date, Kind, Operator, Query, Variable
from ._wire import Garbled

Caveat: TypeAlias = dict[str, Any]

_VARIABLES = {"time": "t", "operation": "o", "resource": "r", "ref": "f", "path": "p", "client_ip": "c"}


def ends(caveats: Iterable[Caveat]) -> list[datetime]:
    """The ends that some of them set."""
    texts = [caveat["expires"] for caveat in caveats if "expires" in caveat]
    return [datetime.fromisoformat(text.replace("Z", "+00:00")) for text in texts]


def written(moment: datetime) -> str:
    """A moment as tokens and JSON write it, in whole seconds."""
    return moment.astimezone(timezone.utc).strftime("%Y-%m-%dT%H:%M:%SZ")


def read_caveat(check: Check) -> Caveat:
    """Reads a check of the list; there is no other."""
    clauses = [_clause(query) for query in check.queries]
    match clauses:
        case [("time", Operator.AT_MOST, seconds)]:
            caveat: Caveat = {"expires": written(datetime.fromtimestamp(seconds, timezone.utc))}
        case [("operation", Operator.CONTAINS, actions)]:
            caveat = {"actions": actions}
        case [("resource", _, _) as clause]:
            caveat = {"repositories": _names(clause)}
        case [("client_ip", Operator.CONTAINS, addresses)]:
            caveat = {"clients": addresses}
        case [("ref", _, _) as clause, ("operation", Operator.CONTAINS, besides)]:
            caveat = {"refs": {"refs": _names(clause), "besides": besides}}
        case [("path", Operator.PREFIX, prefix), ("operation", Operator.CONTAINS, besides)]:
            caveat = {"paths": {"prefix": prefix, "besides": besides}}
        case _:
            raise Garbled
    if check.kind != (Kind.ALL if "paths" in caveat else Kind.ONE):
        raise Garbled
    return caveat


def written_caveat(caveat: Caveat) -> str:
    """The check in Datalog; the values are literals, and quoted."""
    match caveat:
        case {"expires": end}:
            return f"check if time($t), $t <= {end}"
        case {"actions": actions}:
            return f"check if {_among('operation', actions)}"
        case {"repositories": names}:
            return f"check if {_within('resource', names)}"
        case {"clients": addresses}:
            return f"check if {_among('client_ip', addresses)}"
        case {"refs": {"refs": names, "besides": besides}}:
            return f"check if {_within('ref', names)} or {_among('operation', besides)}"
        case {"paths": {"prefix": prefix, "besides": besides}}:
            return f"check all {_within('path', {'under': prefix})} or {_among('operation', besides)}"
    raise ValueError(f"no caveat: {caveat}")


def _clause(query: Query) -> tuple[str, Operator, Any]:
    """Fact, operator and value of `fact($x), … operator …`."""
    match query.body.terms, query.operands, query.operator:
        case (Variable() as named,), (frozenset() as values, Variable() as used), Operator.CONTAINS if named == used:
            return query.body.name, Operator.CONTAINS, _values(query.body.name, values)
        case (Variable() as named,), (Variable() as used, str() as prefix), Operator.PREFIX if named == used:
            return query.body.name, Operator.PREFIX, prefix
        case (Variable() as named,), (Variable() as used, Date() as end), Operator.AT_MOST if named == used:
            return query.body.name, Operator.AT_MOST, end.seconds
    raise Garbled


def _values(fact: str, values: frozenset[str]) -> list[str]:
    if not values or fact not in _VARIABLES:
        raise Garbled
    return in_order(values) if fact == "operation" else sorted(values)


def _names(clause: tuple[str, Operator, Any]) -> dict[str, Any]:
    _, operator, value = clause
    return {"exact": value} if operator is Operator.CONTAINS else {"under": value}


def _within(fact: str, names: dict[str, Any]) -> str:
    if "exact" in names:
        return _among(fact, names["exact"])
    variable = _VARIABLES[fact]
    return f"{fact}(${variable}), ${variable}.starts_with({_quoted(names['under'])})"


def _among(fact: str, values: Iterable[str]) -> str:
    variable = _VARIABLES[fact]
    listed = ", ".join(_quoted(value) for value in values)
    return f"{fact}(${variable}), {{{listed}}}.contains(${variable})"


def _quoted(text: str) -> str:
    return json.dumps(text, ensure_ascii=False)
