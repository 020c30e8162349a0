"""Many callers of one client: whoever has a connection has it alone."""

from __future__ import annotations

import threading
from collections.abc import AsyncIterator, Iterator
from typing import Any

import anyio
import httpx
import pytest

from .fake import FakeGateway, Reply, granted
from .kinds import Kind, Threads

ISSUES = "/api/v1/repos/acme/web/issues"


class Body(httpx.SyncByteStream, httpx.AsyncByteStream):
    """Takes a moment, in which others have their turn."""

    def __init__(self, connection: Watched) -> None:
        self._connection = connection

    def __iter__(self) -> Iterator[bytes]:
        threading.Event().wait(0.001)
        yield b"{}"

    async def __aiter__(self) -> AsyncIterator[bytes]:
        await anyio.sleep(0.001)
        yield b"{}"

    def close(self) -> None:
        self._connection.is_had = False

    async def aclose(self) -> None:
        self.close()


class Watched(httpx.BaseTransport, httpx.AsyncBaseTransport):
    """A connection that minds being shared, and being closed under a call."""

    made: list[Watched]
    faults: list[str]

    def __init__(self, **options: Any) -> None:
        self.options = options
        self.is_had = self.is_closed = False
        self.made.append(self)

    def handle_request(self, request: httpx.Request) -> httpx.Response:
        if self.is_had or self.is_closed:
            self.faults.append("shared" if self.is_had else "used after its end")
        self.is_had = True
        return httpx.Response(200, stream=Body(self))

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        return self.handle_request(request)

    def close(self) -> None:
        if self.is_had:
            self.faults.append("closed under a call")
        self.is_closed = True

    async def aclose(self) -> None:
        self.close()


@pytest.fixture
def watched(monkeypatch: pytest.MonkeyPatch, session: Any, kind: Kind, fake: FakeGateway) -> type[Watched]:
    fake.answers(granted(b"one"))
    kind.do(session.token)
    monkeypatch.setattr(Watched, "made", [], raising=False)
    monkeypatch.setattr(Watched, "faults", [], raising=False)
    monkeypatch.setattr(httpx, "HTTPTransport", Watched)
    monkeypatch.setattr(httpx, "AsyncHTTPTransport", Watched)
    return Watched


def test_a_connection_has_one_call_at_a_time_and_is_closed_under_none(
    session: Any, kind: Kind, watched: type[Watched]
) -> None:
    client = session.client(limits=httpx.Limits(max_connections=50, max_keepalive_connections=5))
    for _ in range(3):
        assert [answer.status_code for answer in kind.crowd(200, lambda: client.get(ISSUES))] == [200] * 200
    assert not watched.faults
    assert sum(not connection.is_closed for connection in watched.made) <= 5
    kind.do(client.close if isinstance(kind, Threads) else client.aclose)
    assert all(connection.is_closed for connection in watched.made)


def test_one_caller_needs_one_connection_and_its_options_are_kept(
    session: Any, kind: Kind, watched: type[Watched]
) -> None:
    client = session.client(http2=False, limits=httpx.Limits(max_connections=9, keepalive_expiry=3.0))
    for _ in range(3):
        kind.do(client.get, ISSUES)
    [connection] = watched.made
    assert connection.options["http2"] is False
    assert connection.options["limits"] == httpx.Limits(max_connections=1, keepalive_expiry=3.0)


def test_a_call_for_which_no_connection_becomes_free_is_told_so(
    session: Any, kind: Kind, watched: type[Watched]
) -> None:
    limits = httpx.Limits(max_connections=1)
    client = session.client(limits=limits, timeout=httpx.Timeout(5.0, pool=0.01))
    open_answer = kind.do(client.send, client.build_request("GET", ISSUES), stream=True)
    with pytest.raises(httpx.PoolTimeout):
        kind.do(client.get, ISSUES)
    kind.do(open_answer.close if isinstance(kind, Threads) else open_answer.aclose)
    assert kind.do(client.get, ISSUES).status_code == 200


def test_a_connection_that_comes_back_after_the_clients_end_is_closed(
    session: Any, kind: Kind, watched: type[Watched]
) -> None:
    client = session.client()
    answer = kind.do(client.send, client.build_request("GET", ISSUES), stream=True)
    kind.do(client.close if isinstance(kind, Threads) else client.aclose)
    [connection] = watched.made
    assert not connection.is_closed and not watched.faults
    kind.do(answer.close if isinstance(kind, Threads) else answer.aclose)
    assert connection.is_closed


def test_a_call_that_fails_gives_its_connection_back(session: Any, kind: Kind, fake: FakeGateway) -> None:
    fake.answers(granted(b"one"))
    client = session.client(limits=httpx.Limits(max_connections=1), timeout=5.0)
    fake.answers(Reply(200, [], {"transfer-encoding": "nonsense"}), ISSUES)
    with pytest.raises(httpx.RemoteProtocolError):
        kind.do(client.get, ISSUES)
    fake.answers(Reply(200, []), ISSUES)
    assert kind.do(client.get, ISSUES).json() == []


def test_a_transport_of_the_callers_own_is_used(session: Any, kind: Kind, fake: FakeGateway) -> None:
    fake.answers(granted(b"one"))
    client = session.client(transport=httpx.MockTransport(lambda request: httpx.Response(204)))
    assert kind.do(client.get, ISSUES).status_code == 204
