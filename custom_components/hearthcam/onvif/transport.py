"""HTTP to one camera: through the gate, within bounds, never redirected.

Every request has a connection of its own: cheap cameras close idle ones just when
the next request is sent.
"""

import asyncio
from dataclasses import dataclass
from typing import override

import aiohttp
from aiohttp.abc import AbstractStreamWriter
from aiohttp.client_proto import ResponseHandler
from aiohttp.payload import BytesPayload
from yarl import URL

from ..privacy.local_only import AsyncResolver, async_checked_host, bracketed
from .auth import Challenge, parse_challenges
from .errors import OnvifConnectionError, OnvifResponseError, OnvifTimeoutError
from .tls import Trust, certificate_error, client_context
from .xmltree import MAX_BYTES


@dataclass(frozen=True, slots=True)
class Endpoint:
    """Where a camera's services are.

    Attributes:
        host: name or address literal (IPv6 without brackets).
        tls: HTTPS; ``certificate`` is then True to verify, the SHA-256 fingerprint
            of the only certificate to accept, or False to take any.
        timeout: seconds for one request, look-up of the name included.
    """

    host: str
    port: int = 80
    tls: bool = False
    certificate: Trust = True
    timeout: float = 10.0


@dataclass(frozen=True, slots=True)
class Reply:
    """What came back: status, body, the challenges and the Date header."""

    status: int
    data: bytes
    challenges: list[Challenge]
    date: str | None


class Transport:
    """Posts to one camera."""

    def __init__(
        self,
        session: aiohttp.ClientSession,
        endpoint: Endpoint,
        resolver: AsyncResolver | None = None,
    ) -> None:
        """Set up; nothing is contacted yet.

        Raises:
            ValueError: the session would use the environment's proxies, which are
                not checked to be local; or the pin is no fingerprint.
        """
        if session.trust_env:
            raise ValueError("A session that trusts the environment is not private")
        self.endpoint = endpoint
        self._session = session
        self._resolver = resolver
        self._ssl = client_context(endpoint.certificate) if endpoint.tls else True

    async def post(
        self,
        path: str,
        body: bytes,
        headers: dict[str, str],
        *,
        port: int | None = None,
        timeout: float | None = None,
    ) -> Reply:
        """Send one request to the checked address and read the bounded reply."""
        return await self.request(
            "POST", path, headers, body, port=port, timeout=timeout
        )

    async def request(
        self,
        method: str,
        path: str,
        headers: dict[str, str],
        body: bytes | None = None,
        *,
        port: int | None = None,
        timeout: float | None = None,
        limit: int = MAX_BYTES,
    ) -> Reply:
        """Send one request to the checked address and read the bounded reply.

        ``path`` is sent as it is; port and timeout are the endpoint's unless given;
        ``limit`` is of the reply's bytes.

        Raises:
            OnvifError: see its kinds.
            NotLocalError: the host is not on the local network.
        """
        endpoint = self.endpoint
        timeout = timeout or endpoint.timeout
        scheme, default = ("https", 443) if endpoint.tls else ("http", 80)
        number = port or endpoint.port
        suffix = "" if number == default else f":{number}"
        try:
            async with asyncio.timeout(timeout):
                address = await async_checked_host(endpoint.host, self._resolver)
                # A zone means something on our side only (RFC 6874, 3).
                host = bracketed(address.partition("%")[0])
                async with self._session.request(
                    method,
                    URL(f"{scheme}://{bracketed(address)}{suffix}{path}", encoded=True),
                    data=None if body is None else _LastBody(body),
                    headers={
                        **headers,
                        "Host": f"{host}{suffix}",
                        "Accept-Encoding": "identity",
                        "Connection": "close",
                    },
                    allow_redirects=False,
                    # Home Assistant's own looks up the name that a redirect names.
                    middlewares=(),
                    ssl=self._ssl,
                    server_hostname=endpoint.host if endpoint.tls else None,
                    timeout=aiohttp.ClientTimeout(total=timeout),
                ) as response:
                    return Reply(
                        response.status,
                        await _read(response, limit),
                        parse_challenges(
                            response.headers.getall("WWW-Authenticate", [])
                        ),
                        response.headers.get("Date"),
                    )
        except TimeoutError:
            raise OnvifTimeoutError("The camera did not answer in time") from None
        except aiohttp.ClientConnectorCertificateError as error:
            raise certificate_error(error.certificate_error) from None
        except aiohttp.ClientConnectionError, OSError:
            raise OnvifConnectionError("The camera cannot be reached") from None
        except aiohttp.ClientError:
            raise OnvifResponseError("The answer is not HTTP") from None
        except ValueError:
            # Of yarl or the gate: their texts may quote what they refuse.
            raise OnvifConnectionError("The address is not valid") from None


class _LastBody(BytesPayload):
    """A body after which nothing else is sent on the connection.

    The header `Connection: close` says so to the camera only: aiohttp would keep the
    connection when the answer does not repeat it, and the next request would go into
    one that the camera is closing. That is not repeated by itself, as a GET would be.
    """

    @override
    async def write_with_length(
        self, writer: AbstractStreamWriter, content_length: int | None
    ) -> None:
        """Write the body on a connection that will not be used again."""
        protocol = getattr(writer, "protocol", None)
        if isinstance(protocol, ResponseHandler):
            protocol.force_close()
        await super().write_with_length(writer, content_length)


async def _read(response: aiohttp.ClientResponse, limit: int) -> bytes:
    """Return the body of a response, refusing one that is too long.

    What came is returned where the connection ends early: firmware tells a length
    that is more than it sends. Whether it is whole, the parser finds out.
    """
    data = bytearray()
    try:
        async for chunk in response.content.iter_chunked(64 * 1024):
            data += chunk
            if len(data) > limit:
                raise OnvifResponseError("The answer is too long")
    except aiohttp.ClientPayloadError:
        if not data:
            raise
    return bytes(data)
