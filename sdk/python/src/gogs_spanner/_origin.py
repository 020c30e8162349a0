"""Where a gateway is. A proof is made for an origin and sent to that origin only."""

from __future__ import annotations

import ipaddress

import httpx

from ._errors import DiscoveryError

TOKEN_ENDPOINT = "/-/spanner/oauth/token"
KEYS = "/-/spanner/oauth/keys"


class Origin:
    """Scheme, host and port of a gateway, as its `public_url` says them."""

    def __init__(self, text: str) -> None:
        url = _parsed(text)
        bare = url.raw_path in (b"", b"/") and not url.fragment and "#" not in text and "?" not in text
        if not bare or url.userinfo:
            raise DiscoveryError("origin", "the gateway's address is scheme, host and port, nothing more")
        if not is_private(url):
            raise DiscoveryError("origin", "the gateway's address must be https; plain http is for this machine only")
        self._text = f"{url.scheme}://{url.netloc.decode('ascii')}"

    def __str__(self) -> str:
        return self._text

    def __repr__(self) -> str:
        return f"Origin({self._text!r})"

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Origin) and other._text == self._text

    def __hash__(self) -> int:
        return hash(self._text)

    def at(self, path: str) -> str:
        """A path of this origin, whatever any metadata says."""
        return self._text + path

    def holds(self, url: httpx.URL) -> bool:
        """Whether a request to this URL goes to this origin."""
        return f"{url.scheme}://{url.netloc.decode('ascii')}" == self._text and not url.userinfo


def is_private(url: httpx.URL) -> bool:
    """Whether what is sent there is readable on this machine only, or nowhere."""
    return url.scheme == "https" or (url.scheme == "http" and _is_loopback(url.host))


def _parsed(text: str) -> httpx.URL:
    try:
        url = httpx.URL(text)
    except httpx.InvalidURL:
        url = None
    if url is None or url.scheme not in ("http", "https") or not url.host or not text.isascii():
        raise DiscoveryError("origin", "the gateway's address is not a URL")
    return url


def _is_loopback(host: str) -> bool:
    """An address, or the one name: what is below `localhost` some resolvers ask the network for (RFC 6761 section 6.3)."""
    try:
        address = ipaddress.ip_address(host)
    except ValueError:
        return host == "localhost"
    # IPv4 in IPv6 is another spelling, which the other SDKs do not take either.
    return address.is_loopback and getattr(address, "ipv4_mapped", None) is None
