"""The facts and checks of a token's blocks: names and numbers, which stand for texts of a table that grows with each
block (the Biscuit specification, "Symbol table")."""

from __future__ import annotations

from dataclasses import dataclass
from enum import IntEnum

from ._wire import Garbled, Message

_BUILT_IN = (
    "read write resource operation right time role owner tenant namespace user team service admin email group member "
    "ip_address client client_ip domain path version cluster node hostname nonce query"
).split()
_FIRST_OF_A_TOKEN = 1024


class Kind(IntEnum):
    """How a check asks: of some match, or of every one."""

    ONE = 0
    ALL = 1


class Operator(IntEnum):
    """The operators a check of ours uses."""

    AT_MOST = 2
    CONTAINS = 5
    PREFIX = 6


@dataclass(frozen=True)
class Variable:
    """A name for whatever is there."""

    name: int


@dataclass(frozen=True)
class Date:
    """Seconds since 1970."""

    seconds: int


Term = str | int | Date | Variable | frozenset[str]


@dataclass(frozen=True)
class Predicate:
    """`name(term, …)`."""

    name: str
    terms: tuple[Term, ...]


@dataclass(frozen=True)
class Query:
    """`predicate, left operator right`; a check has one or several of them, joined by `or`."""

    body: Predicate
    operands: tuple[Term, ...]
    operator: Operator | None


@dataclass(frozen=True)
class Check:
    """One demand."""

    kind: Kind
    queries: tuple[Query, ...]


@dataclass(frozen=True)
class Statements:
    """What one block says."""

    facts: tuple[Predicate, ...]
    checks: tuple[Check, ...]


class Symbols:
    """The table as the blocks read so far have filled it."""

    def __init__(self) -> None:
        self._texts: list[str] = []

    def statements(self, block: bytes) -> Statements:
        """Reads one block; those before it must have been read."""
        message = Message.read(block)
        self._texts += [_text(symbol) for symbol in message.all(1)]
        if message.all(5) or message.all(7) or message.all(8) or message.all(2):
            raise Garbled  # rules, scopes, keys, a context: no block of ours has any
        facts = tuple(self._predicate(fact.message(1)) for fact in message.messages(4))
        return Statements(facts, tuple(self._check(check) for check in message.messages(6)))

    def _check(self, check: Message) -> Check:
        return Check(Kind(_known(check.number(2) or 0, Kind)), tuple(self._query(rule) for rule in check.messages(1)))

    def _query(self, rule: Message) -> Query:
        bodies, expressions = rule.messages(2), rule.messages(3)
        if len(bodies) != 1 or len(expressions) > 1 or rule.all(4):
            raise Garbled
        operands: list[Term] = []
        operator = None
        for operation in expressions[0].messages(1) if expressions else []:
            if operation.all(1):
                operands.append(self._term(operation.message(1)))
            elif operation.all(3) and operator is None:
                operator = Operator(_known(operation.message(3).number(1), Operator))
            else:
                raise Garbled
        return Query(self._predicate(bodies[0]), tuple(operands), operator)

    def _predicate(self, message: Message) -> Predicate:
        return Predicate(self._symbol(message.number(1)), tuple(self._term(term) for term in message.messages(2)))

    def _term(self, term: Message) -> Term:
        if len(term.fields) != 1:
            raise Garbled
        field, value = term.fields[0]
        if field == 7 and isinstance(value, bytes):
            texts = [self._term(member) for member in Message.read(value).messages(1)]
            if not all(isinstance(text, str) for text in texts):
                raise Garbled
            return frozenset(text for text in texts if isinstance(text, str))
        if isinstance(value, bytes):
            raise Garbled
        match field:
            case 1:
                return Variable(value)
            case 2:
                return value
            case 3:
                return self._symbol(value)
            case 4:
                return Date(value)
            case _:
                raise Garbled

    def _symbol(self, index: int | None) -> str:
        table, at = (_BUILT_IN, index) if index is None or index < _FIRST_OF_A_TOKEN else (self._texts, index - 1024)
        if at is None or at >= len(table):
            raise Garbled
        return table[at]


def _known(number: int | None, kinds: type[IntEnum]) -> int:
    if number not in [kind.value for kind in kinds]:
        raise Garbled
    assert number is not None
    return number


def _text(symbol: bytes) -> str:
    try:
        return symbol.decode()
    except UnicodeDecodeError:
        raise Garbled from None
