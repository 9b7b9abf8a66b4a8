"""Certificates of cameras: verified, pinned by their SHA-256, or whatever comes.

Cameras sign their certificates themselves: no authority vouches for them, and many
know old versions of TLS and short keys only. Who pins the certificate knows that it
is the same camera as on the first day, which is more than a name would tell.
"""

import asyncio
import hashlib
import re
import ssl
from typing import override

from ..privacy.local_only import AsyncResolver, async_checked_host
from .errors import (
    OnvifCertificateError,
    OnvifConnectionError,
    OnvifResponseError,
    OnvifTimeoutError,
)

type Trust = bool | str
"""True: the system's authorities; False: any; a text: this SHA-256 and no other."""

_FINGERPRINT = re.compile(r"[0-9a-f]{64}")


class PinMismatchError(ssl.SSLCertVerificationError):
    """Another certificate than the pinned one; ``fingerprint`` is its SHA-256."""

    fingerprint: str | None = None


def clean_fingerprint(text: str) -> str:
    """Return a SHA-256 as 64 hexadecimal digits, however it was written.

    Raises:
        ValueError: this is none.
    """
    digits = re.sub(r"[\s:-]", "", text).lower().removeprefix("sha256")
    if not _FINGERPRINT.fullmatch(digits):
        raise ValueError("Not a SHA-256 fingerprint")
    return digits


def client_context(trust: Trust) -> ssl.SSLContext | bool:
    """Return what aiohttp takes as ``ssl``; reads no file.

    Raises:
        ValueError: a text that is no fingerprint.
    """
    if trust is True:
        return True
    context = _CameraContext(ssl.PROTOCOL_TLS_CLIENT)
    context.check_hostname = False
    context.verify_mode = ssl.CERT_NONE
    # Nothing newer is to be had on old cameras; with a pin the certificate counts.
    context.minimum_version = ssl.TLSVersion.MINIMUM_SUPPORTED
    context.set_ciphers("DEFAULT:@SECLEVEL=0")
    context.options |= ssl.OP_LEGACY_SERVER_CONNECT
    if isinstance(trust, str):
        context.pin = clean_fingerprint(trust)
        context.sslobject_class = _PinnedConnection
    return context


async def fetch_fingerprint(
    host: str,
    port: int = 443,
    *,
    timeout: float = 10.0,
    resolver: AsyncResolver | None = None,
) -> str:
    """Return the SHA-256 of the certificate that a camera shows, to be pinned.

    Raises:
        OnvifError: nobody answers, or without TLS.
        NotLocalError: the host is not on the local network.
    """
    try:
        async with asyncio.timeout(timeout):
            address = await async_checked_host(host, resolver)
            _, writer = await asyncio.open_connection(
                address, port, ssl=client_context(False), server_hostname=""
            )
            try:
                connection = writer.get_extra_info("ssl_object")
                return _fingerprint_of(connection)
            finally:
                writer.transport.abort()
    except TimeoutError:
        raise OnvifTimeoutError("The camera did not answer in time") from None
    except ssl.SSLError:
        raise OnvifResponseError("The camera speaks no TLS there") from None
    except OSError:
        raise OnvifConnectionError("The camera cannot be reached") from None
    except ValueError:
        raise OnvifConnectionError("The address is not valid") from None


def certificate_error(error: BaseException | None) -> OnvifCertificateError:
    """Return what a refused certificate is to our callers."""
    return OnvifCertificateError(getattr(error, "fingerprint", None))


class _CameraContext(ssl.SSLContext):
    """A context that knows the certificate that is expected."""

    pin: str | None = None


class _PinnedConnection(ssl.SSLObject):
    """A connection that is refused before the first byte of a request is sent."""

    @override
    def do_handshake(self) -> None:
        """Shake hands, then compare the certificate with the pinned one."""
        super().do_handshake()
        fingerprint = _fingerprint_of(self)
        if fingerprint != getattr(self.context, "pin", None):
            error = PinMismatchError("the certificate is not the pinned one")
            error.fingerprint = fingerprint
            raise error


def _fingerprint_of(connection: ssl.SSLObject) -> str:
    """Return the SHA-256 of the other side's certificate."""
    return hashlib.sha256(connection.getpeercert(binary_form=True) or b"").hexdigest()
