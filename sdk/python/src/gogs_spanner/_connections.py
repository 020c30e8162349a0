"""Connections that any number of threads or tasks share, each for one call at a time.

The pool of `httpx` hands a connection to one caller while another, who tidies up, still finds it idle and closes it under
the first one's call: because there are more than it keeps, or because it was idle for too long
(`_assign_requests_to_connections` of httpcore 1.0, which closes after it let go of its lock). Such a call waits for its
time-out, and fails. Here whoever has a connection has it alone until the answer is read: it is a pool of one, in which
nobody else tidies up.
"""

from __future__ import annotations

import contextlib
import threading
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator, Mapping
from typing import Any, Generic, TypeVar

import anyio
import httpx

_LIMITS = httpx.Limits(max_connections=100, max_keepalive_connections=20, keepalive_expiry=5.0)
"""Those of `httpx`. A gateway closes what is idle for fifteen seconds: ours are given up before."""
_NO_LIMIT = 1 << 16
"""More than a process has sockets."""

C = TypeVar("C", httpx.HTTPTransport, httpx.AsyncHTTPTransport)


class _Idle(Generic[C]):
    """Those that nobody has. The one used last is taken first; so many are kept."""

    def __init__(self, kind: type[C], options: Mapping[str, Any]) -> None:
        limits: httpx.Limits = options.get("limits", _LIMITS)
        self.most = _NO_LIMIT if limits.max_connections is None else limits.max_connections
        self._keep = self.most if limits.max_keepalive_connections is None else limits.max_keepalive_connections
        tls = {name: options[name] for name in ("verify", "cert") if name in options}
        http = {name: options[name] for name in ("http1", "http2") if name in options}
        http["verify"] = httpx.create_ssl_context(**tls, trust_env=False)
        http["limits"] = httpx.Limits(max_connections=1, keepalive_expiry=limits.keepalive_expiry)
        self._new: Callable[[], C] = lambda: kind(**http)
        self._lock = threading.Lock()
        self._idle: list[C] = []

    def take(self) -> C:
        with self._lock:
            if self._idle:
                return self._idle.pop()
        return self._new()

    def keeps(self, connection: C) -> bool:
        """Whether it took it back."""
        with self._lock:
            has_room = len(self._idle) < self._keep
            if has_room:
                self._idle.append(connection)
            return has_room

    def end(self) -> list[C]:
        """Keeps none from now on, and gives up those it has."""
        with self._lock:
            self._keep = 0
            ended, self._idle = self._idle, []
            return ended


class Connections(httpx.BaseTransport):
    """For threads, with the options of an `httpx.Client`."""

    def __init__(self, **options: Any) -> None:
        self._idle = _Idle(httpx.HTTPTransport, options)
        self._places = threading.BoundedSemaphore(self._idle.most)

    def handle_request(self, request: httpx.Request) -> httpx.Response:
        if not self._places.acquire(timeout=_patience(request)):
            raise httpx.PoolTimeout("no connection became free", request=request)
        with contextlib.ExitStack() as stack:
            stack.callback(self._places.release)
            connection = self._idle.take()
            stack.callback(self._give, connection)
            response = connection.handle_request(request)
            assert isinstance(response.stream, httpx.SyncByteStream)
            response.stream = _Stream(response.stream, stack.pop_all().close)
            return response

    def close(self) -> None:
        for connection in self._idle.end():
            connection.close()

    def _give(self, connection: httpx.HTTPTransport) -> None:
        if not self._idle.keeps(connection):
            connection.close()


class AsyncConnections(httpx.AsyncBaseTransport):
    """The same for tasks."""

    def __init__(self, **options: Any) -> None:
        self._idle = _Idle(httpx.AsyncHTTPTransport, options)
        self._places = anyio.Semaphore(self._idle.most)

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        with anyio.move_on_after(_patience(request)) as wait:
            await self._places.acquire()
        if wait.cancelled_caught:
            raise httpx.PoolTimeout("no connection became free", request=request)
        async with contextlib.AsyncExitStack() as stack:
            stack.callback(self._places.release)
            connection = self._idle.take()
            stack.push_async_callback(self._give, connection)
            response = await connection.handle_async_request(request)
            assert isinstance(response.stream, httpx.AsyncByteStream)
            response.stream = _AsyncStream(response.stream, stack.pop_all().aclose)
            return response

    async def aclose(self) -> None:
        for connection in self._idle.end():
            await connection.aclose()

    async def _give(self, connection: httpx.AsyncHTTPTransport) -> None:
        if not self._idle.keeps(connection):
            await connection.aclose()


class _Stream(httpx.SyncByteStream):
    """An answer's body, and what is to be done at its end."""

    def __init__(self, body: httpx.SyncByteStream, end: Callable[[], None]) -> None:
        self._body = body
        self._end = end

    def __iter__(self) -> Iterator[bytes]:
        return iter(self._body)

    def close(self) -> None:
        try:
            self._body.close()
        finally:
            self._end()


class _AsyncStream(httpx.AsyncByteStream):
    def __init__(self, body: httpx.AsyncByteStream, end: Callable[[], Awaitable[None]]) -> None:
        self._body = body
        self._end = end

    def __aiter__(self) -> AsyncIterator[bytes]:
        return self._body.__aiter__()

    async def aclose(self) -> None:
        try:
            await self._body.aclose()
        finally:
            await self._end()


def _patience(request: httpx.Request) -> float | None:
    timeout: float | None = request.extensions.get("timeout", {}).get("pool")
    return timeout
