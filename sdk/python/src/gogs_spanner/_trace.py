"""The caller's trace goes along (W3C Trace Context), where OpenTelemetry is installed: `pip install gogs-spanner[otel]`."""

from __future__ import annotations

from collections.abc import MutableMapping

try:
    from opentelemetry import propagate
except ImportError:
    propagate = None  # type: ignore[assignment]


def inject(headers: MutableMapping[str, str]) -> None:
    """Adds the context that is current, unless somebody has added one."""
    if propagate is not None and "traceparent" not in headers:
        propagate.inject(headers)
