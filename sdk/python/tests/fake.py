"""A gateway that answers as told, and remembers what it was sent."""

from __future__ import annotations

import base64
import binascii
import json
import threading
import urllib.parse
from collections.abc import Callable
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

TOKEN = "/-/spanner/oauth/token"


@dataclass
class Arrival:
    method: str
    path: str
    headers: dict[str, str]
    body: bytes

    @property
    def form(self) -> dict[str, str]:
        return dict(urllib.parse.parse_qsl(self.body.decode()))


@dataclass
class Reply:
    status: int = 200
    body: Any = None
    headers: dict[str, str] = field(default_factory=dict)


Answering = Reply | Callable[[Arrival], Reply]


def text_of(content: bytes) -> str:
    """A token's text around any bytes."""
    whole = content + binascii.crc32(content).to_bytes(4, "big")
    return "gsp_" + base64.urlsafe_b64encode(whole).decode().rstrip("=")


def granted(token: bytes | str, seconds: int = 900) -> Reply:
    """What the token endpoint answers."""
    text = token if isinstance(token, str) else text_of(token)
    return Reply(200, {"access_token": text, "token_type": "Bearer", "expires_in": seconds, "scope": "contents:read"})


def refused(reason: str, status: int = 403, *, date: str | None = None) -> Reply:
    """A refusal of the token endpoint."""
    body = {"error": "x", "error_description": "not with this", "reason": reason, "request_id": "r-1"}
    return Reply(status, body, {"date": date} if date else {})


def problem(reason: str, status: int, retry: int | None = None) -> Reply:
    """A refusal of any other door."""
    said = {"detail": "not with this", "reason": reason, "hint": "do something else", "next": "choose"}
    return Reply(status, said | {"retry": retry, "request_id": "r-7"}, {"content-type": "application/problem+json"})


class FakeGateway:
    def __init__(self) -> None:
        self.arrivals: list[Arrival] = []
        self._answers: dict[str, Answering] = {}
        self._server = ThreadingHTTPServer(("127.0.0.1", 0), self._handler())
        self._server.daemon_threads = True
        self.url = f"http://127.0.0.1:{self._server.server_port}"

    def __enter__(self) -> FakeGateway:
        threading.Thread(target=self._server.serve_forever, args=(0.01,), daemon=True).start()
        return self

    def __exit__(self, *_: object) -> None:
        self._server.shutdown()
        self._server.server_close()

    def answers(self, answer: Answering, path: str = TOKEN) -> None:
        """From now on."""
        self._answers[path] = answer

    def answers_in_turn(self, *replies: Reply, path: str = TOKEN) -> None:
        """One after the other; the last one stays."""
        left = list(replies)
        self.answers(lambda _: left.pop(0) if len(left) > 1 else left[0], path)

    def sent(self, path: str = TOKEN) -> list[Arrival]:
        return [arrival for arrival in self.arrivals if arrival.path.partition("?")[0] == path]

    def _answer(self, arrival: Arrival) -> Reply:
        self.arrivals.append(arrival)
        answer = self._answers.get(arrival.path.partition("?")[0], Reply(404))
        return answer(arrival) if callable(answer) else answer

    def _handler(self) -> type[BaseHTTPRequestHandler]:
        fake = self

        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def answer(self) -> None:
                body = self.rfile.read(int(self.headers.get("content-length", "0")))
                headers = {name.lower(): value for name, value in self.headers.items()}
                reply = fake._answer(Arrival(self.command, self.path, headers, body))
                content = reply.body if isinstance(reply.body, bytes) else json.dumps(reply.body).encode()
                self.send_response_only(reply.status)
                for name, value in ({"content-type": "application/json"} | reply.headers).items():
                    self.send_header(name, value)
                self.send_header("content-length", str(len(content)))
                self.end_headers()
                self.wfile.write(content)

            do_GET = do_POST = do_PUT = do_DELETE = do_PATCH = answer  # noqa: N815  (the base class calls them so)

            def log_message(self, format: str, *arguments: Any) -> None:
                """Nobody reads it."""

        return Handler
