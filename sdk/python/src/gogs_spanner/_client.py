"""Clients of one gateway, and none but that: a call names a path, never a host, and follows no redirect."""

from __future__ import annotations

from typing import Any

import httpx

from ._auth import AsyncSpannerAuth, SpannerAuth
from ._call import check_path
from ._connections import AsyncConnections, Connections
from ._steps import SILENCE


def _settings(origin: str, options: dict[str, Any]) -> dict[str, Any]:
    """No redirect is followed, no proxy is taken from the environment: a token is for one place."""
    fixed = {"base_url": origin, "follow_redirects": False, "trust_env": False}
    return {"timeout": SILENCE, **options, **fixed}


class Client(httpx.Client):
    """An `httpx.Client` whose calls carry a token. A no of the gateway is raised as `Refused`; what the forge behind it
    answers, a no of its own included, is an `httpx.Response`."""

    def __init__(self, origin: str, auth: SpannerAuth, **options: Any) -> None:
        options["transport"] = options.get("transport") or Connections(**options)
        super().__init__(auth=auth, **_settings(origin, options))

    def build_request(self, method: str, url: httpx.URL | str, **options: Any) -> httpx.Request:
        check_path(url)
        return super().build_request(method, url, **options)


class AsyncClient(httpx.AsyncClient):
    """The same for tasks."""

    def __init__(self, origin: str, auth: AsyncSpannerAuth, **options: Any) -> None:
        options["transport"] = options.get("transport") or AsyncConnections(**options)
        super().__init__(auth=auth, **_settings(origin, options))

    def build_request(self, method: str, url: httpx.URL | str, **options: Any) -> httpx.Request:
        check_path(url)
        return super().build_request(method, url, **options)
