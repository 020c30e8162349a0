"""One request to the token endpoint, and its answer."""

from __future__ import annotations

import base64
import email.utils
import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from . import _refusal, _text, _trace
from ._errors import Malformed, SpannerError, Unintelligible
from ._origin import KEYS, TOKEN_ENDPOINT, Origin
from ._steps import Answer, Ask, Steps, answer_of


@dataclass(frozen=True)
class Granted:
    """A token, and how long it lives (RFC 6749 §5.1)."""

    text: str = field(repr=False)
    seconds: int


@dataclass(frozen=True)
class Declined:
    """A no, and what time the gateway has."""

    refused: SpannerError
    date: float | None

    @property
    def reason(self) -> str:
        """Its stable code, if it is a gateway's."""
        return getattr(self.refused, "reason", "")


def ask(origin: Origin, form: Mapping[str, Any]) -> Steps[Granted | Declined]:
    """Asks for a token."""
    headers = {"accept": "application/json"}
    _trace.inject(headers)
    answer = answer_of((yield Ask("POST", origin.at(TOKEN_ENDPOINT), headers, written(form))))
    if answer.status != 200:
        return Declined(_refusal.read(answer.status, answer.body), _date(answer))
    return _granted(answer)


def written(form: Mapping[str, Any]) -> dict[str, str]:
    """Parameters as a form has them."""
    texts = {name: value for name, value in form.items() if isinstance(value, str)}
    others = {name: json.dumps(value) for name, value in form.items() if not isinstance(value, str)}
    return texts | others


def public_keys(origin: Origin) -> Steps[dict[int, bytes]]:
    """The gateway's root keys, which are no secret; none, where it does not say."""
    try:
        answer = answer_of((yield Ask("GET", origin.at(KEYS), {"accept": "application/json"})))
        keys = json.loads(answer.body)["keys"] if answer.status == 200 else []
        return {int(key["kid"]): decoded(key["x"]) for key in keys if key.get("use") == "biscuit"}
    except (SpannerError, ValueError, KeyError, TypeError, AttributeError):
        return {}


def _granted(answer: Answer) -> Granted:
    try:
        document = json.loads(answer.body)
        text, seconds = document["access_token"], document["expires_in"]
        _text.decode(text)
        return Granted(text, int(seconds))
    except (ValueError, KeyError, TypeError, AttributeError, Malformed):
        raise Unintelligible(answer.status) from None


def _date(answer: Answer) -> float | None:
    """When the gateway answered, by its own clock (RFC 9110 §6.6.1)."""
    try:
        return email.utils.parsedate_to_datetime(answer.headers["date"]).timestamp()
    except (KeyError, ValueError, TypeError):
        return None


def decoded(text: str) -> bytes:
    return base64.urlsafe_b64decode(text + "=" * (-len(text) % 4))
