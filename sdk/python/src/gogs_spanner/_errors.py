"""What can go wrong, and whose word it is."""

from __future__ import annotations

from typing import Literal


class SpannerError(Exception):
    """Why there is no token, or no answer."""


DiscoveryKind = Literal[
    "disagree", "no-gateway", "no-proof", "no-agent", "no-lent", "origin", "agent", "not-private", "unreadable", "key"
]


class DiscoveryError(SpannerError):
    """No gateway, no proof, or two that disagree."""

    def __init__(self, kind: DiscoveryKind, message: str) -> None:
        super().__init__(message)
        self.kind = kind


class ProofError(SpannerError):
    """The proof cannot be made now."""


class Unreachable(SpannerError):
    """The gateway did not answer."""


class Unintelligible(SpannerError):
    """What answers does not speak as a gateway does."""

    def __init__(self, status: int) -> None:
        super().__init__(f"what answered with status {status} is not what was expected")
        self.status = status


class Refused(SpannerError):
    """The gateway said no: a stable reason, what to do next, and when the same may succeed."""

    def __init__(
        self,
        reason: str,
        why: str,
        *,
        hint: str | None = None,
        next: str | None = None,
        retry: int | None = None,
        request_id: str | None = None,
    ) -> None:
        super().__init__(f"{reason}: {why}")
        self.reason = reason
        """The stable code. A newer gateway may know more of them than `gogs_spanner.REASONS`."""
        self.why = why
        """Why, in the caller's terms."""
        self.hint = hint
        """What to do next."""
        self.next = next
        """The same as a word for programs: `mend`, `choose`, `authenticate`, …"""
        self.retry = retry
        """Seconds after which the same request may succeed; `None`: not by waiting."""
        self.request_id = request_id
        """Names the refusal in the gateway's journal."""


MalformedKind = Literal["prefix", "length", "encoding", "checksum"]


class TokenError(SpannerError):
    """What was handed over is not a token."""


class Malformed(TokenError):
    """Not a whole token's text."""

    def __init__(self, kind: MalformedKind, message: str) -> None:
        super().__init__(message)
        self.kind = kind


class Elsewhere(SpannerError):
    """A token is shown to the gateway it is for, and to no other."""

    def __init__(self, token: str, origin: str) -> None:
        super().__init__(f"the token is for {token}, not for {origin}")


class NarrowingError(SpannerError):
    """The token cannot be narrowed this way."""


class PathError(SpannerError):
    """The path of a call is not one."""
