"""Tokens for agents behind a Gogs Spanner gateway: find the proof at hand, exchange it, renew quietly, narrow, call.

    from gogs_spanner import Session

    session = Session.discover()                 # what GOGS_SPANNER_* says, or what the platform offers
    token = session.token()                      # valid now; renewed before it ends
    narrow = token.narrow(repositories=["acme/web"], read_only=True, lifetime=300)
    client = session.client()                    # an httpx.Client with the token
    repository = client.get("/api/v1/repos/acme/web").json()

A proof is made for one gateway, the one being talked to, and goes nowhere else: its origin is the audience, no redirect is
followed, no proxy is taken from the environment. A gateway that says no is a `Refused` with a stable reason, never a text
to parse.
"""

from ._auth import AsyncSpannerAuth, SpannerAuth
from ._client import AsyncClient, Client
from ._clock import Clock, Moment, SystemClock
from ._errors import (
    DiscoveryError,
    Elsewhere,
    Malformed,
    NarrowingError,
    PathError,
    ProofError,
    Refused,
    SpannerError,
    TokenError,
    Unintelligible,
    Unreachable,
)
from ._inspection import Block, Inspection
from ._own import Decision, Effect, Whoami
from ._refusal import Reason, reasons
from ._rights import Action, Right
from ._session import AsyncSession, Session
from ._token import AsyncToken, Token

__version__ = "0.1.0"

__all__ = [
    "Action",
    "AsyncClient",
    "AsyncSession",
    "AsyncSpannerAuth",
    "AsyncToken",
    "Block",
    "Client",
    "Clock",
    "Decision",
    "DiscoveryError",
    "Effect",
    "Elsewhere",
    "Inspection",
    "Malformed",
    "Moment",
    "NarrowingError",
    "PathError",
    "ProofError",
    "Reason",
    "Refused",
    "Right",
    "Session",
    "SpannerAuth",
    "SpannerError",
    "SystemClock",
    "Token",
    "TokenError",
    "Unintelligible",
    "Unreachable",
    "Whoami",
    "reasons",
]
