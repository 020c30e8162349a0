"""A gateway and a proof, remembered, and the token that is valid now."""

from __future__ import annotations

import os
import threading
from collections.abc import Mapping, Sequence
from datetime import timedelta
from types import TracebackType
from typing import Any, TypeVar

from . import _own
from ._auth import PATIENCE, AsyncSpannerAuth, SpannerAuth
from ._client import AsyncClient, Client
from ._clock import Clock, SystemClock
from ._discovery import Arguments, discover, machine
from ._keeper import Keeper
from ._own import Decision, Effect, Whoami
from ._steps import Tasks, Threads
from ._token import AsyncToken, Token

Path = str | os.PathLike[str]
S = TypeVar("S", bound="_Known")


class _Known:
    """What a session is made of, and how it is found."""

    def __init__(self, keeper: Keeper, clock: Clock) -> None:
        self._keeper = keeper
        self._clock = clock

    @classmethod
    def discover(
        cls: type[S],
        *,
        url: str | None = None,
        agent: str | None = None,
        key_file: Path | None = None,
        assertion_file: Path | None = None,
        less: Sequence[Mapping[str, Any]] = (),
        lifetime: timedelta | float | None = None,
        clock: Clock | None = None,
    ) -> S:
        """Finds the gateway and the proof: arguments, `GOGS_SPANNER_URL`, `GOGS_SPANNER_AGENT`, `GOGS_SPANNER_KEY_FILE`,
        `GOGS_SPANNER_ASSERTION_FILE`, else what the platform it runs on offers, else the sign-in of a person on this
        machine. Nothing is sent yet, so nothing is awaited.

        `less` and `lifetime` ask for tokens that can do less than the agent may at most: each entry has some of `actions`,
        `repositories`, `refs`, `paths`.
        """
        origin, proof = discover(Arguments(url, agent, key_file, assertion_file), machine())
        clock = clock or SystemClock()
        return cls(Keeper(origin, proof, _asked(less, lifetime), clock), clock)

    @property
    def url(self) -> str:
        """The gateway it belongs to."""
        return str(self._keeper.origin)

    def __repr__(self) -> str:
        return f"{type(self).__name__}(url={self.url!r})"


class Session(_Known):
    """What an agent holds for as long as it runs, for threads: all of them share the token."""

    def __init__(self, keeper: Keeper, clock: Clock) -> None:
        super().__init__(keeper, clock)
        self._driver = Threads()
        self._client: Client | None = None
        self._making = threading.Lock()

    def token(self) -> Token:
        """A token that is valid now.

        It is renewed before it ends, by one caller while the others go on with the one at hand; a renewal that fails is
        told to nobody as long as that is still valid.
        """
        held = self._keeper.at_hand() or self._driver.run(self._keeper.token())
        return Token(held, self._keeper.keys, self._clock, self._driver)

    def auth(self, *, patience: float = PATIENCE) -> SpannerAuth:
        """For an `httpx.Client` of your own: `httpx.Client(auth=session.auth())`."""
        return SpannerAuth(self._keeper, self._driver, patience)

    def client(self, *, patience: float = PATIENCE, **options: Any) -> Client:
        """Calls the gateway's API, each time with a token that is valid then. `patience` is how many seconds a call waits at
        most where a refusal says when to come back."""
        return Client(self.url, self.auth(patience=patience), **options)

    def whoami(self) -> Whoami:
        """Who this is, until when, and what it may do now."""
        return _own.whoami(self._own().get(_own.WHOAMI))

    def can(self, effects: Sequence[Effect | Mapping[str, Any]]) -> list[Decision]:
        """What would be decided of each; nothing is done."""
        return _own.decisions(self._own().post(_own.CAN, json=_own.question(effects)))

    def git(self) -> dict[str, str]:
        """What `git` needs in its environment; see `Token.git`."""
        return self.token().git()

    def close(self) -> None:
        """Closes its connections."""
        self._driver.http.close()
        if self._client is not None:
            self._client.close()

    def __enter__(self) -> Session:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def _own(self) -> Client:
        with self._making:
            self._client = self._client or self.client()
        return self._client


class AsyncSession(_Known):
    """The same for tasks, with asyncio or trio."""

    def __init__(self, keeper: Keeper, clock: Clock) -> None:
        super().__init__(keeper, clock)
        self._driver = Tasks()
        self._client: AsyncClient | None = None

    async def token(self) -> AsyncToken:
        """A token that is valid now; see `Session.token`."""
        held = self._keeper.at_hand()
        if held is None:
            held = await self._driver.run(self._keeper.token())
        return AsyncToken(held, self._keeper.keys, self._clock, self._driver)

    def auth(self, *, patience: float = PATIENCE) -> AsyncSpannerAuth:
        """For an `httpx.AsyncClient` of your own."""
        return AsyncSpannerAuth(self._keeper, self._driver, patience)

    def client(self, *, patience: float = PATIENCE, **options: Any) -> AsyncClient:
        """Calls the gateway's API; see `Session.client`."""
        return AsyncClient(self.url, self.auth(patience=patience), **options)

    async def whoami(self) -> Whoami:
        """Who this is, until when, and what it may do now."""
        return _own.whoami(await self._own().get(_own.WHOAMI))

    async def can(self, effects: Sequence[Effect | Mapping[str, Any]]) -> list[Decision]:
        """What would be decided of each; nothing is done."""
        return _own.decisions(await self._own().post(_own.CAN, json=_own.question(effects)))

    async def git(self) -> dict[str, str]:
        """What `git` needs in its environment; see `Token.git`."""
        return (await self.token()).git()

    async def aclose(self) -> None:
        """Closes its connections."""
        await self._driver.http.aclose()
        if self._client is not None:
            await self._client.aclose()

    async def __aenter__(self) -> AsyncSession:
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self.aclose()

    def _own(self) -> AsyncClient:
        self._client = self._client or self.client()
        return self._client


def _asked(less: Sequence[Mapping[str, Any]], lifetime: timedelta | float | None) -> dict[str, Any]:
    """What every exchange asks for."""
    form: dict[str, Any] = {}
    if less:
        form["authorization_details"] = [{"type": "gogs", **entry} for entry in less]
    if lifetime is not None:
        form["lifetime"] = int(lifetime.total_seconds() if isinstance(lifetime, timedelta) else lifetime)
    return form
