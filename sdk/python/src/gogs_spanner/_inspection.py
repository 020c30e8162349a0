"""What a token says of itself. Nobody has checked its signatures: show it, plan by it, decide nothing by it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timezone

from . import _text
from ._caveats import Caveat, ends, read_caveat
from ._errors import TokenError
from ._rights import Right, in_order
from ._statements import Date, Predicate, Statements, Symbols, Term
from ._wire import Garbled, Message


@dataclass(frozen=True)
class Block:
    """One block by which a holder narrowed the token."""

    delegate: str | None
    """Whom it was made for, as the holder says."""
    caveats: tuple[Caveat, ...]
    """What it demands, each an object of one member: `{"repositories": {"exact": ["acme/web"]}}`."""


@dataclass(frozen=True)
class Inspection:
    """The token's own words."""

    agent: str
    issuer: str
    """Which issuer's proof it was given for."""
    user: str | None
    """On whose behalf the agent acts."""
    issued: datetime
    expires: datetime
    """The earliest end any block sets."""
    service: str
    """The gateway it is for."""
    rights: tuple[Right, ...]
    """What the gateway granted, before the blocks that narrow it."""
    max_depth: int
    """How many blocks may follow the first."""
    blocks: tuple[Block, ...]
    revocation_ids: tuple[str, ...]
    """The last one is this token's own."""
    key_id: int | None
    """The key it claims to be signed with."""
    sealed: bool
    """Whether it can be narrowed no further."""


def inspect(text: str) -> Inspection:
    """Reads a token without a key."""
    try:
        return _read(Message.read(_text.decode(text)))
    except (Garbled, OverflowError, ValueError):
        raise TokenError("the text holds no token of a gateway") from None


def _read(token: Message) -> Inspection:
    signed = [token.message(2), *token.messages(3)]
    symbols = Symbols()
    authority, *later = [symbols.statements(block.one(1)) for block in signed]
    stated = _Stated(authority)
    blocks = tuple(_block(block) for block in later)
    rights = tuple(_right(fact) for fact in authority.facts if fact.name == "right")
    if not rights:
        raise Garbled
    expiries = [stated.expires(), *(end for block in blocks for end in ends(block.caveats))]
    return Inspection(
        agent=stated.text("agent"),
        issuer=stated.text("issuer"),
        user=stated.text("user") if stated.has("user") else None,
        issued=_moment(stated.one("issued")),
        expires=min(expiries),
        service=stated.service(),
        rights=rights,
        max_depth=stated.number("max_depth"),
        blocks=blocks,
        revocation_ids=tuple(block.one(3).hex() for block in signed),
        key_id=token.number(1),
        sealed=bool(token.message(4).all(2)),
    )


class _Stated:
    """The facts and checks of the first block, by name."""

    def __init__(self, statements: Statements) -> None:
        self._facts = statements.facts
        if len(statements.checks) != 2:
            raise Garbled
        self._audience, self._expiry = statements.checks

    def has(self, name: str) -> bool:
        return any(fact.name == name for fact in self._facts)

    def one(self, name: str) -> Term:
        found = [fact for fact in self._facts if fact.name == name]
        if len(found) != 1 or len(found[0].terms) != 1:
            raise Garbled
        return found[0].terms[0]

    def text(self, name: str) -> str:
        return _is_text(self.one(name))

    def number(self, name: str) -> int:
        value = self.one(name)
        if not isinstance(value, int):
            raise Garbled
        return value

    def service(self) -> str:
        [query] = self._audience.queries
        if query.body.name != "service" or len(query.body.terms) != 1 or query.operands:
            raise Garbled
        return _is_text(query.body.terms[0])

    def expires(self) -> datetime:
        [end] = ends((read_caveat(self._expiry),))
        return end


def _block(statements: Statements) -> Block:
    delegate = None
    for fact in statements.facts:
        if fact.name != "delegate" or len(fact.terms) != 1 or delegate is not None:
            raise Garbled
        delegate = _is_text(fact.terms[0])
    return Block(delegate, tuple(read_caveat(check) for check in statements.checks))


def _right(fact: Predicate) -> Right:
    if len(fact.terms) not in (4, 5):
        raise Garbled
    sets = [_is_set(term) for term in fact.terms]
    return Right(tuple(in_order(sets[1])), sets[0], sets[2], sets[3], sets[4] if len(sets) == 5 else ())


def _is_text(term: Term) -> str:
    if not isinstance(term, str):
        raise Garbled
    return term


def _is_set(term: Term) -> tuple[str, ...]:
    if not isinstance(term, frozenset) or not term:
        raise Garbled
    return tuple(sorted(term))


def _moment(term: Term) -> datetime:
    if not isinstance(term, Date):
        raise Garbled
    return datetime.fromtimestamp(term.seconds, timezone.utc)
