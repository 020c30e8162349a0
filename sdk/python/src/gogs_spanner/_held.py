"""A token as an agent holds it, and how it is made less."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass, field, replace
from datetime import datetime, timezone

from . import _exchange, _offline
from ._clock import Moment
from ._errors import NarrowingError
from ._exchange import Declined
from ._inspection import Inspection, inspect
from ._narrowing import Narrowing, Resolved
from ._origin import Origin
from ._proof import TOKEN_EXCHANGE
from ._steps import Steps

_MARGIN = 5.0
"""Seconds before its end from which a token is no longer handed out: a request takes a moment to arrive."""
_ACCESS_TOKEN = "urn:ietf:params:oauth:token-type:access_token"


@dataclass(frozen=True)
class Held:
    """A token, the gateway it is for, and when it ends."""

    text: str = field(repr=False)
    origin: Origin
    ends: Moment
    ahead: float
    """How far the gateway's clock is ahead of ours."""

    def is_usable(self, now: Moment) -> bool:
        """Whether a request made now still arrives in time."""
        return not now.after(_MARGIN).reaches(self.ends)

    def dated(self, read: Inspection) -> Held:
        """The same, with what the end it speaks of tells of the gateway's clock."""
        return replace(self, ahead=read.expires.timestamp() - self.ends.wall)

    def spread(self) -> float:
        """A share that differs from token to token."""
        return hashlib.sha256(self.text.encode()).digest()[0] / 255


class KeyRing:
    """The root keys of a gateway, asked for once and again where a token names another."""

    def __init__(self, origin: Origin) -> None:
        self._origin = origin
        self._keys: dict[int, bytes] = {}

    def find(self, key_id: int | None) -> Steps[bytes | None]:
        """The key of that id, if the gateway says so."""
        if key_id is None:
            return None
        if key_id not in self._keys:
            self._keys = (yield from _exchange.public_keys(self._origin)) or self._keys
        return self._keys.get(key_id)


def narrow(token: Held, narrowing: Narrowing, keys: KeyRing, now: Moment) -> Steps[Held]:
    """A token that can do less: offline where that is possible, else by exchange; never wider, never longer."""
    read = inspect(token.text)
    if read.sealed or len(read.blocks) >= read.max_depth:
        raise NarrowingError("the token was narrowed as often as it may be")
    resolved = narrowing.resolve(read, datetime.fromtimestamp(now.wall + token.ahead, timezone.utc))
    key = (yield from keys.find(read.key_id)) if _offline.is_possible() else None
    if key is None:
        return (yield from _by_exchange(token, resolved, now))
    narrowed = replace(token, text=_offline.attenuate(token.text, resolved, key))
    return narrowed if narrowing.lifetime is None else _sooner(narrowed, now.after(narrowing.lifetime))


def _by_exchange(token: Held, resolved: Resolved, now: Moment) -> Steps[Held]:
    form = {"grant_type": TOKEN_EXCHANGE, "subject_token": token.text, "subject_token_type": _ACCESS_TOKEN}
    answer = yield from _exchange.ask(token.origin, form | resolved.request)
    if isinstance(answer, Declined):
        raise answer.refused
    return _sooner(replace(token, text=answer.text), now.after(answer.seconds))


def _sooner(token: Held, ends: Moment) -> Held:
    return replace(token, ends=Moment(min(token.ends.wall, ends.wall), min(token.ends.steady, ends.steady)))
