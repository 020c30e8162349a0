"""Tokens as programs have them."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime, timedelta
from typing import Any

from . import _git
from ._auth import PATIENCE, AsyncSpannerAuth, SpannerAuth
from ._client import AsyncClient, Client
from ._clock import Clock, Moment, SystemClock
from ._errors import DiscoveryError, Elsewhere, TokenError
from ._held import Held, KeyRing, narrow
from ._inspection import Inspection, inspect
from ._narrowing import Narrowing
from ._origin import Origin
from ._rights import Action, Right
from ._steps import Steps, Tasks, Threads


class BaseToken:
    """A token, the gateway it is for, and when it ends. `repr` does not show it; `expose()` does."""

    def __init__(self, held: Held, keys: KeyRing, clock: Clock) -> None:
        self._held = held
        self._keys = keys
        self._clock = clock

    def expose(self) -> str:
        """The secret itself: the password, or the user name, git sends."""
        return self._held.text

    @property
    def authorization(self) -> str:
        """The value of an `Authorization` header. It holds the secret."""
        return f"Bearer {self._held.text}"

    @property
    def url(self) -> str:
        """The gateway it is for."""
        return str(self._held.origin)

    @property
    def expires(self) -> datetime:
        """When it ends, by this machine's clock."""
        return self._held.ends.time

    @property
    def rights(self) -> tuple[Right, ...]:
        """What the gateway granted, as the token itself says it; a narrower token says the same, and its narrowing
        besides. Nobody has verified it: plan by it, decide nothing by it."""
        return self.inspect().rights

    def inspect(self) -> Inspection:
        """All that it says of itself."""
        return inspect(self._held.text)

    def git(self) -> dict[str, str]:
        """What `git` needs in its environment to act with this token, and only at this gateway:
        `subprocess.run(["git", "clone", …], env={**os.environ, **token.git()})`. It holds the secret."""
        return _git.variables(self._held.origin, self._held.text)

    def __repr__(self) -> str:
        return f"{type(self).__name__}(url={self.url!r}, expires={self.expires.isoformat(timespec='seconds')!r})"

    def _narrowed(self, narrowing: Narrowing) -> Steps[Held]:
        return narrow(self._held, narrowing, self._keys, self._clock.now())


def _handed(text: str, clock: Clock) -> Held:
    """Where it is for and when it ends is what it says of itself. Nobody but the gateway can tell whether that is true."""
    text = text.strip()
    read = inspect(text)
    try:
        origin = Origin(read.service)
    except DiscoveryError as error:
        raise TokenError(str(error)) from None
    now = clock.now()
    remaining = read.expires.timestamp() - now.wall
    return Held(text, origin, Moment(read.expires.timestamp(), now.steady + remaining), 0.0)


def _for(held: Held, url: str) -> Held:
    """Insists on the gateway a program was told of: a token goes to the one it is for, and to no other."""
    origin = Origin(url)
    if origin != held.origin:
        raise Elsewhere(str(held.origin), str(origin))
    return held


class _Fixed:
    """A token somebody handed over: there is nothing to renew it with."""

    renewable = False

    def __init__(self, held: Held) -> None:
        self.origin = held.origin
        self._held = held

    def token(self) -> Steps[Held]:
        return self._held
        yield  # as a session's

    def another(self, stale: Held) -> Steps[Held]:
        raise AssertionError("asked of what is renewable only")
        yield

    def forget(self, token: Held) -> None:
        """Its caller is told, and that is all there is to do."""


class Token(BaseToken):
    """A token for threads."""

    def __init__(self, held: Held, keys: KeyRing, clock: Clock, driver: Threads) -> None:
        super().__init__(held, keys, clock)
        self._driver = driver

    @classmethod
    def parse(cls, text: str, *, clock: Clock | None = None) -> Token:
        """Takes a token somebody handed over, such as the planner whose worker this is."""
        clock = clock or SystemClock()
        held = _handed(text, clock)
        return cls(held, KeyRing(held.origin), clock, Threads())

    def narrow(
        self,
        *,
        repositories: Sequence[str] | None = None,
        actions: Iterable[Action] | None = None,
        read_only: bool = False,
        refs: Sequence[str] | None = None,
        paths: Sequence[str] | None = None,
        lifetime: timedelta | float | None = None,
        delegate: str | None = None,
    ) -> Token:
        """A token that can do less, for a sub-agent: never wider, never longer, and nobody can widen it again.

        What is left out stays as it is; an empty list is an error. Repositories and refs are names, or one pattern that is
        everything below a prefix (`acme/*`, `refs/heads/agents/**`); paths are one such pattern (`docs/**`). With
        `gogs-spanner[offline]` no request is made once the gateway's public keys are known; without, the gateway is asked.
        """
        narrowing = Narrowing.of(
            repositories=repositories,
            actions=actions,
            read_only=read_only,
            refs=refs,
            paths=paths,
            lifetime=lifetime,
            delegate=delegate,
        )
        return Token(self._driver.run(self._narrowed(narrowing)), self._keys, self._clock, self._driver)

    def client(self, url: str, *, patience: float = PATIENCE, **options: Any) -> Client:
        """Calls the gateway at `url`, which must be the one the token is for, with this token alone; it ends with it."""
        bearer = _Fixed(_for(self._held, url))
        return Client(str(bearer.origin), SpannerAuth(bearer, self._driver, patience), **options)


class AsyncToken(BaseToken):
    """A token for tasks."""

    def __init__(self, held: Held, keys: KeyRing, clock: Clock, driver: Tasks) -> None:
        super().__init__(held, keys, clock)
        self._driver = driver

    @classmethod
    def parse(cls, text: str, *, clock: Clock | None = None) -> AsyncToken:
        """Takes a token somebody handed over, such as the planner whose worker this is."""
        clock = clock or SystemClock()
        held = _handed(text, clock)
        return cls(held, KeyRing(held.origin), clock, Tasks())

    async def narrow(
        self,
        *,
        repositories: Sequence[str] | None = None,
        actions: Iterable[Action] | None = None,
        read_only: bool = False,
        refs: Sequence[str] | None = None,
        paths: Sequence[str] | None = None,
        lifetime: timedelta | float | None = None,
        delegate: str | None = None,
    ) -> AsyncToken:
        """A token that can do less; see `Token.narrow`."""
        narrowing = Narrowing.of(
            repositories=repositories,
            actions=actions,
            read_only=read_only,
            refs=refs,
            paths=paths,
            lifetime=lifetime,
            delegate=delegate,
        )
        return AsyncToken(await self._driver.run(self._narrowed(narrowing)), self._keys, self._clock, self._driver)

    def client(self, url: str, *, patience: float = PATIENCE, **options: Any) -> AsyncClient:
        """Calls the gateway at `url` with this token alone; see `Token.client`."""
        bearer = _Fixed(_for(self._held, url))
        return AsyncClient(str(bearer.origin), AsyncSpannerAuth(bearer, self._driver, patience), **options)
