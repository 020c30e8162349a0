"""The key an agent holds, and the assertions it signs (`private_key_jwt`, RFC 7523 §2.2)."""

from __future__ import annotations

import base64
import hashlib
import json
import uuid

from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat, load_pem_private_key

from ._origin import Origin

_LIFETIME = 60
"""How long an assertion lives: it is made for one request. The gateway takes at most five minutes."""


class KeyFault(Exception):
    """The text is no key we can sign with."""


class AgentKey:
    """An Ed25519 key. `repr` shows its thumbprint."""

    def __init__(self, pem: str) -> None:
        if "-----BEGIN PRIVATE KEY-----" not in pem:
            raise KeyFault("not a PKCS#8 PEM file; `openssl genpkey -algorithm ed25519` writes one")
        try:
            key = load_pem_private_key(pem.encode(), password=None)
        except (ValueError, TypeError, UnsupportedAlgorithm):
            raise KeyFault("not an Ed25519 key") from None
        if not isinstance(key, Ed25519PrivateKey):
            raise KeyFault("not an Ed25519 key")
        self._key = key
        public = key.public_key().public_bytes(Encoding.Raw, PublicFormat.Raw)
        # RFC 7638 §3, over the members RFC 8037 §2 requires, in this order.
        jwk = f'{{"crv":"Ed25519","kty":"OKP","x":"{_encoded(public)}"}}'
        self.thumbprint = _encoded(hashlib.sha256(jwk.encode()).digest())

    def __repr__(self) -> str:
        return f"AgentKey({self.thumbprint})"

    def assertion(self, agent: str, audience: Origin, now: float) -> str:
        """Signs that its holder is `agent`, for one gateway and one use."""
        header = {"alg": "EdDSA", "typ": "client-authentication+jwt", "kid": self.thumbprint}
        issued = int(now)
        claims = {
            "iss": agent,
            "sub": agent,
            "aud": str(audience),
            "iat": issued,
            "exp": issued + _LIFETIME,
            "jti": str(uuid.uuid4()),
        }
        signed = f"{_encoded(json.dumps(header).encode())}.{_encoded(json.dumps(claims).encode())}"
        return f"{signed}.{_encoded(self._key.sign(signed.encode()))}"


def _encoded(data: bytes) -> str:
    return base64.urlsafe_b64encode(data).decode().rstrip("=")
