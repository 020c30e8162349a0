"""What an agent proves itself with, and how that is said to the token endpoint."""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from pathlib import Path

import httpx

from ._errors import DiscoveryError, ProofError, Unreachable
from ._key import AgentKey, KeyFault
from ._origin import Origin
from ._sign_in import SignIns
from ._steps import Ask, Steps, answer_of

_CLIENT_ASSERTION = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer"
TOKEN_EXCHANGE = "urn:ietf:params:oauth:grant-type:token-exchange"
_JWT = "urn:ietf:params:oauth:token-type:jwt"
_SIGN_IN = "urn:gogs-spanner:token-type:sign-in"


@dataclass(frozen=True)
class Stated:
    """A form's parameters, the secret one among them."""

    form: dict[str, str] = field(repr=False)
    source: str = field(repr=False)
    """What the proof was made from: where that has changed, another is worth a try."""


class Proof:
    """What an agent proves itself with."""

    agent: str | None

    def state(self, audience: Origin, now: float) -> Steps[Stated]:
        """Makes a proof for one gateway."""
        raise NotImplementedError


class KeyProof(Proof):
    """A key registered for the agent; its file is read anew each time, as somebody may have put another there."""

    def __init__(self, agent: str, file: Path) -> None:
        self.agent: str = agent
        self.file = file
        self.key = read_key(file)

    def __repr__(self) -> str:
        return f"KeyProof({self.agent}, {self.key!r})"

    def state(self, audience: Origin, now: float) -> Steps[Stated]:
        try:
            self.key = read_key(self.file)
        except DiscoveryError:
            pass  # the one at hand goes on: a file that is being replaced is no reason to stop
        assertion = self.key.assertion(self.agent, audience, now)
        form = {
            "grant_type": "client_credentials",
            "client_assertion_type": _CLIENT_ASSERTION,
            "client_assertion": assertion,
        }
        return Stated(form, self.key.thumbprint)
        yield  # as every proof: it may have to ask somebody


class FileProof(Proof):
    """A file its platform keeps fresh (a Kubernetes projected token, a job's ID token), read anew each time."""

    def __init__(self, file: Path, agent: str | None) -> None:
        self.agent = agent
        self.file = file

    def __repr__(self) -> str:
        return f"FileProof({str(self.file)!r})"

    def state(self, audience: Origin, now: float) -> Steps[Stated]:
        try:
            assertion = self.file.read_text("ascii").strip()
        except (OSError, UnicodeDecodeError) as error:
            raise ProofError(f"could not read the assertion in {self.file}") from error
        return _vouched(assertion, self.agent)
        yield  # as every proof


_ACTIONS = "the request for an ID token"
URL, TOKEN = "ACTIONS_ID_TOKEN_REQUEST_URL", "ACTIONS_ID_TOKEN_REQUEST_TOKEN"
"""Where a job of GitHub or Forgejo Actions asks for its ID token, and with what; set by the runner for a job with
`permissions: id-token: write` ("OpenID Connect reference" of GitHub's documentation)."""


class JobProof(Proof):
    """A job of GitHub or Forgejo Actions, which asks for its ID token each time."""

    def __init__(self, url: httpx.URL, token: str, agent: str | None) -> None:
        self.agent = agent
        self._url = url
        self._token = token

    def __repr__(self) -> str:
        return "JobProof()"

    def state(self, audience: Origin, now: float) -> Steps[Stated]:
        url = str(self._url.copy_add_param("audience", str(audience)))
        headers = {"authorization": f"bearer {self._token}", "accept": "application/json"}
        try:
            answer = answer_of((yield Ask("GET", url, headers)))
        except Unreachable as error:
            raise ProofError(f"GitHub Actions does not answer {_ACTIONS}") from error
        if answer.status != 200:
            raise ProofError(
                f"GitHub Actions answered {_ACTIONS} with {answer.status}; the job needs `permissions: id-token: write`"
            )
        try:
            value = json.loads(answer.body)["value"]
        except (ValueError, KeyError, TypeError):
            value = None
        if not isinstance(value, str):
            raise ProofError(f"GitHub Actions answered {_ACTIONS} with something else")
        return _vouched(value, self.agent)


class SignInProof(Proof):
    """A person who signed in on this machine, and lends to the agent; her sign-in is read anew each time."""

    def __init__(self, kept: SignIns, agent: str) -> None:
        self.agent: str = agent
        self.kept = kept

    def __repr__(self) -> str:
        return f"SignInProof({self.agent})"

    def state(self, audience: Origin, now: float) -> Steps[Stated]:
        return _exchanged(_SIGN_IN, self.kept.standing(audience, now), self.agent)
        yield  # as every proof


def read_key(file: Path) -> AgentKey:
    """Reads a key file."""
    try:
        pem = file.read_text("ascii")
    except (OSError, UnicodeDecodeError) as error:
        raise DiscoveryError("unreadable", f"could not read the key in {file}") from error
    try:
        return AgentKey(pem)
    except KeyFault as fault:
        raise DiscoveryError("key", f"{file} does not hold a key: {fault}") from None


def _vouched(assertion: str, agent: str | None) -> Stated:
    """What somebody else signed (RFC 8693)."""
    return _exchanged(_JWT, assertion, agent)


def _exchanged(kind: str, secret: str, agent: str | None) -> Stated:
    form = {"grant_type": TOKEN_EXCHANGE, "subject_token_type": kind, "subject_token": secret}
    return Stated(form | ({"agent": agent} if agent else {}), secret)
