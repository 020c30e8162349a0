"""The token of a session on the requests of an `httpx` client, and refusals as exceptions."""

from __future__ import annotations

import contextlib
from collections.abc import AsyncGenerator, Generator

import httpx

from ._call import Bearer, Get, Read, Send, carry
from ._steps import Pause, Tasks, Threads

PATIENCE = 0.0
"""Seconds that a call waits at most where a refusal says when to come back; by default it does not."""


class SpannerAuth(httpx.Auth):
    """Lets an `httpx.Client` of yours act with a token; it is shown to its gateway and to nobody else."""

    def __init__(self, bearer: Bearer, driver: Threads, patience: float = PATIENCE) -> None:
        self._bearer = bearer
        self._driver = driver
        self._patience = patience

    def sync_auth_flow(self, request: httpx.Request) -> Generator[httpx.Request, httpx.Response, None]:
        steps = carry(request, self._bearer, self._patience)
        done: object = None
        with contextlib.suppress(StopIteration):
            step = next(steps)
            while True:
                match step:
                    case Send(outgoing):
                        done = yield outgoing
                    case Read(response):
                        done = response.read()
                    case Get(getting):
                        done = self._driver.run(getting)
                    case Pause():
                        done = self._driver.take(step, contextlib.ExitStack())
                step = steps.send(done)

    async def async_auth_flow(self, request: httpx.Request) -> AsyncGenerator[httpx.Request, httpx.Response]:
        raise RuntimeError("this is the auth of a Session; an AsyncClient takes that of an AsyncSession")
        yield request


class AsyncSpannerAuth(httpx.Auth):
    """The same for an `httpx.AsyncClient`."""

    def __init__(self, bearer: Bearer, driver: Tasks, patience: float = PATIENCE) -> None:
        self._bearer = bearer
        self._driver = driver
        self._patience = patience

    async def async_auth_flow(self, request: httpx.Request) -> AsyncGenerator[httpx.Request, httpx.Response]:
        steps = carry(request, self._bearer, self._patience)
        done: object = None
        try:
            step = next(steps)
        except StopIteration:
            return
        while True:
            match step:
                case Send(outgoing):
                    done = yield outgoing
                case Read(response):
                    done = await response.aread()
                case Get(getting):
                    done = await self._driver.run(getting)
                case Pause():
                    done = await self._driver.take(step, contextlib.ExitStack())
            try:
                step = steps.send(done)
            except StopIteration:
                return

    def sync_auth_flow(self, request: httpx.Request) -> Generator[httpx.Request, httpx.Response, None]:
        raise RuntimeError("this is the auth of an AsyncSession; a Client takes that of a Session")
        yield request
