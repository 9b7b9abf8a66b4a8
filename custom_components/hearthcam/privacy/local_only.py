"""The one gate for addresses: only the local network is ever contacted.

Local means loopback, private (RFC 1918), link-local, unique-local (RFC 4193) and
shared address space (RFC 6598: carrier NAT, and what VPNs such as Tailscale use).
Everything else is refused by default, so that special ranges (unspecified,
multicast, broadcast, NAT64, 6to4, documentation…) need no list of their own.

A name is resolved once, every answer must be local, and callers connect to the
address that was checked, never to the name: a second look-up could answer
differently (DNS rebinding).
"""

import asyncio
from collections.abc import Awaitable, Callable, Iterable
from dataclasses import dataclass
from ipaddress import IPv4Address, IPv4Network, IPv6Address, IPv6Network, ip_address
import re
import socket
from threading import local
from typing import Any

type Answer = tuple[Any, Any, Any, Any, tuple[Any, ...]]
"""One answer of `socket.getaddrinfo`."""
type Resolver = Callable[..., Iterable[Answer]]
"""What is called like ``socket.getaddrinfo(host, port, type=SOCK_STREAM)``."""
type AsyncResolver = Callable[..., Awaitable[Iterable[Answer]]]

SCHEMES = frozenset({"rtsp", "rtsps", "http", "https"})

_LOCAL_V4 = tuple(
    IPv4Network(network)
    for network in (
        "127.0.0.0/8",
        "10.0.0.0/8",
        "172.16.0.0/12",
        "192.168.0.0/16",
        "169.254.0.0/16",
        "100.64.0.0/10",
    )
)
_LOCAL_V6 = tuple(
    IPv6Network(network) for network in ("::1/128", "fe80::/10", "fc00::/7")
)
_LINK_LOCAL_BROADCAST = IPv4Address("169.254.255.255")
_ZONE = re.compile(r"[A-Za-z0-9_.-]{1,32}")
_NAME = re.compile(r"[A-Za-z0-9_]([A-Za-z0-9_.-]{0,251}[A-Za-z0-9_])?\.?")
_NUMERIC = re.compile(r"(?:.*\.)?(?:[0-9]+|0[xX][0-9A-Fa-f]*)\.?")
# Tab and line breaks are dropped by some URL parsers, a backslash is a slash to
# others: with any of them two parsers may see two hosts.
_FORBIDDEN = re.compile(r"[\x00-\x20\x7f\\]")
_URL = re.compile(
    r"(?P<scheme>[A-Za-z][A-Za-z0-9+.-]*)://(?P<authority>[^/?#]*)(?P<rest>.*)"
)


class _LookUp(local):
    """The name that this thread asks the resolver for, as the gate."""

    name: str | None = None


_LOOK_UP = _LookUp()


class NotLocalError(Exception):
    """The address, or one a name resolves to, is not on the local network.

    The text never names the address: what looks like a host may be a piece of an
    unescaped password.
    """

    def __init__(self) -> None:
        """Say what is allowed."""
        super().__init__("Only addresses of the local network are contacted")


def is_local(address: str | IPv4Address | IPv6Address) -> bool:
    """Tell whether an address literal may be contacted.

    IPv6 literals come without brackets, a zone is allowed only on link-local ones
    and after ``%``. Anything that is not a literal is not local.
    """
    return _normalised(address) is not None


def checked_host(host: str, resolver: Resolver = socket.getaddrinfo) -> str:
    """Return the address literal (no brackets) to connect to for a host.

    Blocks while a name is resolved: for threads, not for an event loop.

    Raises:
        NotLocalError: the address or any answer of the resolver is not local.
        ValueError: this is no host at all.
        OSError: the name does not resolve.
    """
    if (literal := _literal(host)) is not None:
        return literal
    _LOOK_UP.name = host
    try:
        return _chosen(resolver(host, None, type=socket.SOCK_STREAM))
    finally:
        _LOOK_UP.name = None


def is_looked_up(host: object) -> bool:
    """Tell whether it is the gate that asks for a name, in this thread, now."""
    return host is not None and host == _LOOK_UP.name


def only_name(url: str, resolver: Resolver) -> Resolver:
    """Return a resolver that knows the name in a URL, and no other.

    For what a camera names itself, such as redirects: a look-up of a name of its
    choice would carry its words to wherever the name belongs.

    Raises:
        ValueError: see `checked_url`.
    """
    known = _split(url).host.lower().rstrip(".")

    def resolve(host: str, *arguments: Any, **options: Any) -> Iterable[Answer]:
        if host.lower().rstrip(".") != known:
            raise NotLocalError
        return resolver(host, *arguments, **options)

    return resolve


async def async_checked_host(host: str, resolver: AsyncResolver | None = None) -> str:
    """Return the address to connect to, as `checked_host`, without blocking."""
    if (literal := _literal(host)) is not None:
        return literal
    resolve = resolver or asyncio.get_running_loop().getaddrinfo
    return _chosen(await resolve(host, None, type=socket.SOCK_STREAM))


def checked_url(url: str, resolver: Resolver = socket.getaddrinfo) -> str:
    """Return an RTSP or HTTP URL whose host is the checked address.

    Credentials, port, path and query stay as they are; IPv6 is bracketed, its zone
    unescaped (``[fe80::1%eth0]``), as FFmpeg and `getaddrinfo` want it.

    Raises:
        NotLocalError: see `checked_host`.
        ValueError: not a URL with a host, or a scheme other than `SCHEMES`. The
            text holds nothing of the URL.
        OSError: the name does not resolve.
    """
    parts = _split(url)
    return parts.with_address(checked_host(parts.host, resolver))


async def async_checked_url(url: str, resolver: AsyncResolver | None = None) -> str:
    """Return the URL to connect to, as `checked_url`, without blocking."""
    parts = _split(url)
    return parts.with_address(await async_checked_host(parts.host, resolver))


def bracketed(address: str) -> str:
    """Return an address literal as it stands in a URL."""
    return f"[{address}]" if ":" in address else address


@dataclass(frozen=True, slots=True, repr=False)
class _Parts:
    """A URL taken apart; it has no `repr` because it holds credentials."""

    scheme: str
    userinfo: str
    host: str
    port: str
    rest: str

    def with_address(self, address: str) -> str:
        """Return the URL with another host."""
        return (
            f"{self.scheme}://{self.userinfo}{bracketed(address)}{self.port}{self.rest}"
        )


def _split(url: str) -> _Parts:
    """Take a URL apart the way FFmpeg does.

    Own code, because the standard library's parser drops some characters, decodes
    others and quotes pieces of the password in its exceptions.
    """
    match = _URL.fullmatch(url)
    if _FORBIDDEN.search(url) or match is None:
        raise ValueError("Not a valid URL")
    if (scheme := match["scheme"].lower()) not in SCHEMES:
        raise ValueError("Not an RTSP or HTTP URL")
    userinfo, at, hostport = match["authority"].rpartition("@")
    if hostport.startswith("["):
        host, bracket, after = hostport[1:].partition("]")
        # RFC 6874 writes the zone after %25, people write it after %.
        host = host.replace("%25", "%", 1)
        valid = bool(bracket) and ":" in host and after[:1] in ("", ":")
        colon, port = after[:1], after[1:]
    else:
        host, colon, port = hostport.partition(":")
        valid = bool(host)
    if port and not (port.isascii() and port.isdigit() and 0 < int(port[:6]) < 65536):
        valid = False
    if not valid:
        raise ValueError("The URL has no valid host or port")
    return _Parts(
        scheme, userinfo + at, host, f"{colon}{port}" if port else "", match["rest"]
    )


def _literal(host: str) -> str | None:
    """Return the checked literal, or None for a name that has to be resolved."""
    if ":" in host or _is_dotted_quad(host):
        if (literal := _normalised(host)) is None:
            raise NotLocalError
        return literal
    # "127.1", "0x7f000001", "2130706433", "010.0.0.1": resolvers disagree on them.
    if not _NAME.fullmatch(host) or _NUMERIC.fullmatch(host):
        raise ValueError("Not a valid host")
    return None


def _is_dotted_quad(host: str) -> bool:
    """Tell whether this is an IPv4 literal in the one canonical form."""
    try:
        IPv4Address(host)
    except ValueError:
        return False
    return True


def _normalised(address: str | IPv4Address | IPv6Address) -> str | None:
    """Return the canonical literal of a local address, None for any other."""
    try:
        parsed = ip_address(address)
    except ValueError:
        return None
    if isinstance(parsed, IPv6Address) and parsed.ipv4_mapped is not None:
        if parsed.scope_id is not None:
            return None
        parsed = parsed.ipv4_mapped
    if isinstance(parsed, IPv4Address):
        local = any(parsed in network for network in _LOCAL_V4)
        return str(parsed) if local and parsed != _LINK_LOCAL_BROADCAST else None
    if not any(parsed in network for network in _LOCAL_V6):
        return None
    zone = parsed.scope_id
    if zone is not None and not (parsed.is_link_local and _ZONE.fullmatch(zone)):
        return None
    return str(parsed)


def _chosen(answers: Iterable[Answer]) -> str:
    """Return the address to use when all answers are local.

    IPv4 goes first: many cameras announce an IPv6 address on which no service
    listens.
    """
    addresses: list[str] = []
    for answer in answers:
        sockaddr = answer[4]
        address = str(sockaddr[0])
        if len(sockaddr) == 4 and sockaddr[3] and "%" not in address:
            address = f"{address}%{sockaddr[3]}"
        if (literal := _normalised(address)) is None:
            raise NotLocalError
        addresses.append(literal)
    if not addresses:
        raise OSError("The name has no address")
    return min(addresses, key=lambda address: ":" in address)
