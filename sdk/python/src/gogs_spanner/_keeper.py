"""The token that is valid now: kept, renewed before it ends by one caller for all, given up when it was ended."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from . import _exchange, _offline
from ._clock import Clock, Moment
from ._errors import SpannerError, TokenError
from ._held import Held, KeyRing
from ._inspection import inspect
from ._origin import Origin
from ._proof import KeyProof, Proof
from ._steps import Flight, Steps

_RETRY_AFTER = 10.0
"""After a renewal failed the held token serves on; asking again at every call would only add to the gateway's trouble."""
_SKEW_TOLERATED = 20.0
"""Seconds that the gateway's clock and ours may differ without a proof being refused for it: less than it forgives."""
_PROOF_REFUSED = ("assertion-not-accepted", "assertion-replayed")


@dataclass(frozen=True)
class _Kept:
    token: Held
    renew_at: Moment


class Keeper:
    """What a session knows. Its methods are steps, but for those that only look."""

    renewable = True

    def __init__(self, origin: Origin, proof: Proof, less: Mapping[str, Any], clock: Clock) -> None:
        self.origin = origin
        self.keys = KeyRing(origin)
        self._proof = proof
        self._less = less
        self._clock = clock
        self._ahead = 0.0
        self._kept: _Kept | None = None

    def at_hand(self) -> Held | None:
        """The token that needs nothing done; the way of nearly every call."""
        now = self._clock.now()
        kept = self._usable(now)
        return kept.token if kept and not now.reaches(kept.renew_at) else None

    def token(self) -> Steps[Held]:
        """A token that is valid now."""
        kept = self._usable(self._clock.now())
        if kept is None:
            yield Flight(wait=True)
            kept = self._usable(self._clock.now())
            return kept.token if kept else (yield from self._obtain())
        if self.at_hand() or not (yield Flight(wait=False)):
            return kept.token
        return self.at_hand() or (yield from self._renew(kept.token))

    def another(self, stale: Held) -> Steps[Held]:
        """A token other than one a gateway did not accept; asked for once, however many callers were told so."""
        yield Flight(wait=True)
        kept = self._usable(self._clock.now())
        if kept and kept.token.text != stale.text:
            return kept.token
        return (yield from self._obtain())

    def forget(self, token: Held) -> None:
        """Gives up a token that somebody ended on purpose."""
        if self._kept and self._kept.token.text == token.text:
            self._kept = None

    def _renew(self, token: Held) -> Steps[Held]:
        """Whatever goes wrong is told to nobody as long as the token at hand is valid."""
        try:
            return (yield from self._obtain())
        except SpannerError:
            self._kept = _Kept(token, self._clock.now().after(_RETRY_AFTER))
            return token

    def _obtain(self) -> Steps[Held]:
        # The end is counted from before the request was sent, so the token is never believed to live longer than it does.
        asked = self._clock.now()
        stated = yield from self._proof.state(self.origin, asked.wall + self._ahead)
        answer = yield from _exchange.ask(self.origin, {**self._less, **stated.form})
        if isinstance(answer, _exchange.Declined) and answer.reason in _PROOF_REFUSED:
            is_renewed = self._correct(answer, asked)
            asked = self._clock.now()
            again = yield from self._proof.state(self.origin, asked.wall + self._ahead)
            by_us = isinstance(self._proof, KeyProof) and answer.reason == "assertion-replayed"
            if is_renewed or by_us or again.source != stated.source:
                answer = yield from _exchange.ask(self.origin, {**self._less, **again.form})
        if isinstance(answer, _exchange.Declined):
            raise answer.refused
        return (yield from self._keep(answer, asked))

    def _correct(self, answer: _exchange.Declined, asked: Moment) -> bool:
        """Takes the gateway's time for ours, where they differ by more than a proof survives."""
        if answer.date is None or abs(answer.date - (asked.wall + self._ahead)) <= _SKEW_TOLERATED:
            return False
        self._ahead = answer.date - asked.wall
        return True

    def _keep(self, granted: _exchange.Granted, asked: Moment) -> Steps[Held]:
        token = Held(granted.text, self.origin, asked.after(granted.seconds), 0.0)
        try:
            read = inspect(token.text)
        except TokenError:
            read = None
        if read is not None:
            token = token.dated(read)
            if _offline.is_possible():
                yield from self.keys.find(read.key_id)
        # Between 70 % and 85 % of its life, spread so that agents started together do not come back together.
        self._kept = _Kept(token, asked.after(granted.seconds * (0.7 + 0.15 * token.spread())))
        return token

    def _usable(self, now: Moment) -> _Kept | None:
        kept = self._kept
        return kept if kept and kept.token.is_usable(now) else None
