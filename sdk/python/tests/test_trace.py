"""The caller's trace goes along."""

from __future__ import annotations

from typing import Any

import pytest
from opentelemetry import trace
from opentelemetry.sdk.trace import TracerProvider

from gogs_spanner import _trace

from .fake import FakeGateway, Reply, granted
from .kinds import Kind

HERE = "/api/v1/version"


def test_exchange_and_call_are_of_the_trace_that_is_current(session: Any, kind: Kind, fake: FakeGateway) -> None:
    fake.answers(granted(b"one"))
    fake.answers(Reply(200, {}), HERE)
    client = session.client()
    with TracerProvider().get_tracer("test").start_as_current_span("task") as span:
        kind.do(client.get, HERE)
    expected = trace.format_trace_id(span.get_span_context().trace_id)
    for arrival in fake.sent() + fake.sent(HERE):
        assert arrival.headers["traceparent"].split("-")[1] == expected


def test_a_context_that_somebody_added_stays(session: Any, kind: Kind, fake: FakeGateway) -> None:
    fake.answers(granted(b"one"))
    fake.answers(Reply(200, {}), HERE)
    theirs = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01"
    with TracerProvider().get_tracer("test").start_as_current_span("task"):
        kind.do(session.client().get, HERE, headers={"traceparent": theirs})
    assert fake.sent(HERE)[0].headers["traceparent"] == theirs


def test_without_a_trace_or_without_opentelemetry_nothing_is_said(
    session: Any, kind: Kind, fake: FakeGateway, monkeypatch: pytest.MonkeyPatch
) -> None:
    fake.answers(granted(b"one"))
    fake.answers(Reply(200, {}), HERE)
    kind.do(session.client().get, HERE)
    monkeypatch.setattr(_trace, "propagate", None)
    with TracerProvider().get_tracer("test").start_as_current_span("task"):
        kind.do(session.client().get, HERE)
    assert not any("traceparent" in arrival.headers for arrival in fake.arrivals)
