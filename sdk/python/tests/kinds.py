"""Threads and tasks in the same words, so that a test is written once."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Any, Protocol

import anyio
import anyio.from_thread

from gogs_spanner import AsyncSession, AsyncToken, Session, Token


class Kind(Protocol):
    def session(self, **arguments: Any) -> Any: ...

    def token(self, text: str, **arguments: Any) -> Any: ...

    def do(self, call: Callable[..., Any], *arguments: Any, **named: Any) -> Any:
        """Calls, and awaits where that is the way."""
        ...

    def crowd(self, size: int, call: Callable[[], Any]) -> list[Any]:
        """So many callers at the same time."""
        ...


class Threads:
    def session(self, **arguments: Any) -> Session:
        return Session.discover(**arguments)

    def token(self, text: str, **arguments: Any) -> Token:
        return Token.parse(text, **arguments)

    def do(self, call: Callable[..., Any], *arguments: Any, **named: Any) -> Any:
        return call(*arguments, **named)

    def crowd(self, size: int, call: Callable[[], Any]) -> list[Any]:
        with ThreadPoolExecutor(size) as pool:
            return [future.result() for future in [pool.submit(call) for _ in range(size)]]


class Tasks:
    def __init__(self, portal: anyio.from_thread.BlockingPortal) -> None:
        self._portal = portal

    def session(self, **arguments: Any) -> AsyncSession:
        return AsyncSession.discover(**arguments)

    def token(self, text: str, **arguments: Any) -> AsyncToken:
        return AsyncToken.parse(text, **arguments)

    def do(self, call: Callable[..., Any], *arguments: Any, **named: Any) -> Any:
        async def awaited() -> Any:
            return await call(*arguments, **named)

        return self._portal.call(awaited)

    def crowd(self, size: int, call: Callable[[], Any]) -> list[Any]:
        async def together() -> list[Any]:
            found: list[Any] = []

            async def one() -> None:
                found.append(await call())

            async with anyio.create_task_group() as group:
                for _ in range(size):
                    group.start_soon(one)
            return found

        found: list[Any] = self._portal.call(together)
        return found
