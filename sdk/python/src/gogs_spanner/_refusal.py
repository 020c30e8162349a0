"""Reading what is not a success: a gateway's no, or nobody's."""

from __future__ import annotations

import functools
import json
from dataclasses import dataclass
from importlib import resources
from typing import Any

from ._errors import Refused, Unintelligible

PROBLEM = "application/problem+json"
"""What a refusal is said in (RFC 9457 §3)."""


@dataclass(frozen=True)
class Reason:
    """A row of the gateway's table of reasons."""

    code: str
    status: int
    retry: int | None
    """After how many seconds the same request may succeed; `None`: not by waiting."""
    meaning: str
    hint: str


@functools.cache
def reasons() -> dict[str, Reason]:
    """Every reason this version knows, by its code."""
    table = json.loads(resources.files(__package__).joinpath("reasons.json").read_text("utf-8"))
    rows = (Reason(row["reason"], row["status"], row["retry"], row["meaning"], row["hint"]) for row in table["reasons"])
    return {row.code: row for row in rows}


def read(status: int, body: bytes) -> Refused:
    """A refusal of the token endpoint (RFC 6749 §5.2) or of any other; what it leaves out is taken from the table."""
    document = _document(status, body)
    text = functools.partial(_text, document)
    known = reasons().get(text("reason") or "")
    reason = text("reason") or text("error")
    if reason is None:
        raise Unintelligible(status)
    retry = document.get("retry")
    return Refused(
        reason,
        text("detail") or text("error_description") or (known.meaning if known else "refused"),
        hint=text("hint") or (known.hint if known else None),
        next=text("next"),
        retry=retry if isinstance(retry, int) else (known.retry if known else None),
        request_id=text("request_id"),
    )


def _document(status: int, body: bytes) -> dict[str, Any]:
    try:
        document = json.loads(body)
    except ValueError:
        document = None
    if not isinstance(document, dict):
        raise Unintelligible(status)
    return document


def _text(document: dict[str, Any], member: str) -> str | None:
    value = document.get(member)
    return value if isinstance(value, str) else None
