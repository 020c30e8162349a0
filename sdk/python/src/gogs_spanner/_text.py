"""A token's text: a prefix, and base64url of the token and its checksum, so that a cut-off paste is told from a forgery."""

from __future__ import annotations

import base64
import binascii
import re

from ._errors import Malformed

_PREFIX = "gsp_"
_TOKEN_MAX = 4096
_CHECKSUM = 4
_ENCODED_MAX = -(-(_TOKEN_MAX + _CHECKSUM) // 3) * 4
"""The text of the largest token after its prefix."""
_ALPHABET = re.compile(r"[A-Za-z0-9_-]*", re.ASCII)


def decode(text: str) -> bytes:
    """The token's bytes."""
    if not text.startswith(_PREFIX):
        raise Malformed("prefix", "a token begins with gsp_")
    encoded = text[len(_PREFIX) :]
    if len(encoded) > _ENCODED_MAX:
        raise Malformed("length", "a token has at most 4096 bytes")
    whole = _bytes(encoded)
    token, checksum = whole[:-_CHECKSUM], whole[-_CHECKSUM:]
    if len(token) > _TOKEN_MAX:
        raise Malformed("length", "a token has at most 4096 bytes")
    if not token or binascii.crc32(token).to_bytes(_CHECKSUM, "big") != checksum:
        raise Malformed("checksum", "the token's checksum does not fit")
    return token


def encode(token: bytes) -> str:
    """The text of a token's bytes."""
    whole = token + binascii.crc32(token).to_bytes(_CHECKSUM, "big")
    return _PREFIX + base64.urlsafe_b64encode(whole).decode().rstrip("=")


def _bytes(encoded: str) -> bytes:
    fault = Malformed("encoding", "a token is base64url without padding")
    if not _ALPHABET.fullmatch(encoded) or len(encoded) % 4 == 1:
        raise fault
    whole = base64.urlsafe_b64decode(encoded + "=" * (-len(encoded) % 4))
    # Bits left over at the end would give one token several texts.
    if base64.urlsafe_b64encode(whole).decode().rstrip("=") != encoded:
        raise fault
    return whole
