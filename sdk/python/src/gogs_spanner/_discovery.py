"""Finds the gateway and the proof at hand: what is said (arguments, `GOGS_SPANNER_*`), else what the platform offers,
else the sign-in of a person on this machine.

Two that fit and disagree are refused, both named: a proof sent to the wrong gateway, or an agent that is not the one
meant, is worse than no token.
"""

from __future__ import annotations

import os
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path

import httpx

from ._errors import DiscoveryError
from ._origin import Origin, is_private
from ._proof import TOKEN as JOB_TOKEN
from ._proof import URL as JOB_URL
from ._proof import FileProof, JobProof, KeyProof, Proof, SignInProof
from ._sign_in import SignIns

URL = "GOGS_SPANNER_URL"
AGENT = "GOGS_SPANNER_AGENT"
KEY_FILE = "GOGS_SPANNER_KEY_FILE"
ASSERTION_FILE = "GOGS_SPANNER_ASSERTION_FILE"
PLATFORM_FILE = "/var/run/secrets/gogs-spanner/token"
"""Where a platform puts a JWT if it is told to put it where nobody has to say so: a projected service account token of
Kubernetes, a JWT-SVID that `spiffe-helper` writes."""
_AGENT = re.compile(r"[a-z0-9][a-z0-9-]{0,34}", re.ASCII)


@dataclass(frozen=True)
class Arguments:
    """What the caller says itself."""

    url: str | None = None
    agent: str | None = None
    key_file: str | os.PathLike[str] | None = None
    assertion_file: str | os.PathLike[str] | None = None


@dataclass(frozen=True)
class Surroundings:
    """What a program finds around it."""

    environment: Mapping[str, str]
    has: Callable[[str], bool]

    def said(self, name: str) -> str | None:
        """A variable that says something."""
        return self.environment.get(name) or None


def machine() -> Surroundings:
    """This machine and this process."""
    return Surroundings(os.environ, os.path.exists)


@dataclass(frozen=True)
class _Said:
    value: str
    by: str


def discover(arguments: Arguments, around: Surroundings) -> tuple[Origin, Proof]:
    """Looks at the arguments and around."""
    url = _settle("the argument url", arguments.url, URL, around)
    agent = _settle("the argument agent", arguments.agent, AGENT, around)
    key = _settle("the argument key file", _path(arguments.key_file), KEY_FILE, around)
    assertion = _settle("the argument assertion file", _path(arguments.assertion_file), ASSERTION_FILE, around)
    if url is None:
        raise DiscoveryError("no-gateway", f"nothing says where the gateway is; set {URL}")
    origin, name = Origin(url.value), _agent(agent)
    return origin, _said(name, key, assertion) or _offered(name, around) or _lent(origin, name, around)


def _said(agent: str | None, key: _Said | None, assertion: _Said | None) -> Proof | None:
    if key and assertion:
        raise _disagree(key.by, assertion.by)
    if key and agent is None:
        raise DiscoveryError("no-agent", f"a key does not say whose it is; set {AGENT}")
    if key and agent:
        return KeyProof(agent, Path(key.value))
    return FileProof(Path(assertion.value), agent) if assertion else None


def _offered(agent: str | None, around: Surroundings) -> Proof | None:
    """What the platform offers unasked. It stands back behind anything that is said: a job may have an ID token for other
    reasons."""
    url, token = around.said(JOB_URL), around.said(JOB_TOKEN)
    has_file = around.has(PLATFORM_FILE)
    if url and token:
        if has_file:
            raise _disagree(JOB_URL, PLATFORM_FILE)
        return JobProof(_private(url), token, agent)
    return FileProof(Path(PLATFORM_FILE), agent) if has_file else None


def _lent(origin: Origin, agent: str | None, around: Surroundings) -> Proof:
    """Last of all, a person who signed in at the gateway on this machine: she lends to the agent that is named."""
    kept = SignIns.found(around.said)
    if kept is None or not around.has(str(kept.file(origin))):
        raise DiscoveryError("no-proof", f"no proof at hand; set {KEY_FILE} with {AGENT}, or {ASSERTION_FILE}")
    if agent is None:
        message = f"a person is signed in, and nothing says to which agent she lends; set {AGENT}"
        raise DiscoveryError("no-lent", message)
    return SignInProof(kept, agent)


def _private(url: str) -> httpx.URL:
    try:
        parsed = httpx.URL(url)
    except httpx.InvalidURL:
        parsed = httpx.URL("")
    if not is_private(parsed):
        raise DiscoveryError("not-private", f"{JOB_URL} is not an https URL")
    return parsed


def _agent(said: _Said | None) -> str | None:
    if said is None:
        return None
    if not _AGENT.fullmatch(said.value):
        raise DiscoveryError("agent", "the agent's name is not one: [a-z0-9][a-z0-9-]*, at most 35 characters")
    return said.value


def _path(given: str | os.PathLike[str] | None) -> str | None:
    return None if given is None else os.fspath(given)


def _settle(argument: str, given: str | None, variable: str, around: Surroundings) -> _Said | None:
    """One setting out of two places."""
    set_ = around.said(variable)
    if given is not None and set_ is not None and given != set_:
        raise _disagree(argument, variable)
    if given is not None:
        return _Said(given, argument)
    return None if set_ is None else _Said(set_, variable)


def _disagree(one: str, other: str) -> DiscoveryError:
    return DiscoveryError("disagree", f"{one} and {other} disagree; leave one of them out")
