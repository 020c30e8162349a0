"""The logic of a session knows no sockets: it is written once, as generators that say what they want done and are told
what came of it. A driver for threads and one for tasks do it.
"""

from __future__ import annotations

import contextlib
import threading
import time
from collections.abc import Generator
from dataclasses import dataclass, field
from typing import TypeVar

import anyio
import httpx

from ._connections import AsyncConnections, Connections
from ._errors import Unintelligible, Unreachable

T = TypeVar("T")

ANSWER_MAX = 256 * 1024
"""An answer of our own endpoints holds a token of at most 6 KiB and what was granted; more is not a gateway's."""
_TIMEOUT = httpx.Timeout(30.0, connect=5.0)
"""An exchange takes a gateway milliseconds, and its issuers' keys seconds; one that takes longer is down."""
SILENCE = httpx.Timeout(120.0, connect=5.0)
"""Longer than the longest a gateway holds a call for somebody's approval."""


@dataclass(frozen=True)
class Ask:
    """Send this, and give back the answer, whatever its status; `Unreachable` if there is none."""

    method: str
    url: str
    headers: dict[str, str] = field(default_factory=dict)
    form: dict[str, str] | None = field(default=None, repr=False)


@dataclass(frozen=True)
class Flight:
    """Be the only one until the steps end. Without waiting, the answer says whether it worked."""

    wait: bool


@dataclass(frozen=True)
class Pause:
    """Let so many seconds pass."""

    seconds: float


@dataclass(frozen=True)
class Answer:
    """What came back."""

    status: int
    headers: httpx.Headers
    body: bytes


Step = Ask | Flight | Pause
Steps = Generator[Step, object, T]


def answer_of(step: object) -> Answer:
    """What an `Ask` was answered."""
    assert isinstance(step, Answer)
    return step


def _request(client: httpx.Client | httpx.AsyncClient, ask: Ask) -> httpx.Request:
    return client.build_request(ask.method, ask.url, headers=ask.headers, data=ask.form, timeout=_TIMEOUT)


class Threads:
    """Takes steps in this thread."""

    def __init__(self) -> None:
        # No redirect is followed, no proxy is taken from the environment: what is sent is made for one place.
        self.http = httpx.Client(transport=Connections(), follow_redirects=False, trust_env=False, timeout=_TIMEOUT)
        self._flight = threading.Lock()

    def run(self, steps: Steps[T]) -> T:
        """Takes them to their end."""
        with contextlib.ExitStack() as stack:
            try:
                step = next(steps)
                while True:
                    try:
                        done = self.take(step, stack)
                    except Unreachable as error:
                        step = steps.throw(error)
                    else:
                        step = steps.send(done)
            except StopIteration as end:
                value: T = end.value
                return value

    def take(self, step: Step, stack: contextlib.ExitStack) -> object:
        """Takes one; what it holds is let go with the stack."""
        match step:
            case Ask():
                return self._ask(step)
            case Flight(wait):
                taken = self._flight.acquire(blocking=wait)
                if taken:
                    stack.callback(self._flight.release)
                return taken
            case Pause(seconds):
                time.sleep(seconds)
                return None

    def _ask(self, ask: Ask) -> Answer:
        body = b""
        try:
            response = self.http.send(_request(self.http, ask), stream=True)
            with contextlib.closing(response):
                for chunk in response.iter_bytes():
                    body += chunk
                    if len(body) > ANSWER_MAX:
                        raise Unintelligible(response.status_code)
        except httpx.HTTPError as error:
            raise Unreachable("the gateway did not answer") from error
        return Answer(response.status_code, response.headers, body)


class Tasks:
    """Takes steps in this task."""

    def __init__(self) -> None:
        self.http = httpx.AsyncClient(
            transport=AsyncConnections(), follow_redirects=False, trust_env=False, timeout=_TIMEOUT
        )
        self._flight = anyio.Lock()

    async def run(self, steps: Steps[T]) -> T:
        """Takes them to their end."""
        with contextlib.ExitStack() as stack:
            try:
                step = next(steps)
                while True:
                    try:
                        done = await self.take(step, stack)
                    except Unreachable as error:
                        step = steps.throw(error)
                    else:
                        step = steps.send(done)
            except StopIteration as end:
                value: T = end.value
                return value

    async def take(self, step: Step, stack: contextlib.ExitStack) -> object:
        """Takes one; what it holds is let go with the stack."""
        match step:
            case Ask():
                return await self._ask(step)
            case Flight(wait):
                if not await self._hold(wait):
                    return False
                stack.callback(self._flight.release)
                return True
            case Pause(seconds):
                await anyio.sleep(seconds)
                return None

    async def _hold(self, wait: bool) -> bool:
        if wait:
            await self._flight.acquire()
            return True
        try:
            self._flight.acquire_nowait()
        except anyio.WouldBlock:
            return False
        return True

    async def _ask(self, ask: Ask) -> Answer:
        body = b""
        try:
            response = await self.http.send(_request(self.http, ask), stream=True)
            async with contextlib.aclosing(response):
                async for chunk in response.aiter_bytes():
                    body += chunk
                    if len(body) > ANSWER_MAX:
                        raise Unintelligible(response.status_code)
        except httpx.HTTPError as error:
            raise Unreachable("the gateway did not answer") from error
        return Answer(response.status_code, response.headers, body)
