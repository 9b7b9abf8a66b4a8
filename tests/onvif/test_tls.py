"""HTTPS: whose certificate is it?"""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
import socket

import aiohttp
import pytest

from custom_components.hearthcam.onvif import (
    OnvifCamera,
    OnvifCertificateError,
    OnvifConnectionError,
    OnvifResponseError,
    OnvifTimeoutError,
    Trust,
    fetch_fingerprint,
)
from custom_components.hearthcam.onvif.pictures import working_still
from custom_components.hearthcam.onvif.tls import clean_fingerprint
from custom_components.hearthcam.privacy.local_only import NotLocalError
from tests.simulator.onvif_asker import PASSWORD, USERNAME, Asker, running
from tests.simulator.onvif_options import Login, OnvifOptions
from tests.simulator.onvif_tls import Certificate

from .against_simulator import HOST

pytestmark = pytest.mark.usefixtures("socket_enabled")

TLS = OnvifOptions(tls=True, logins=frozenset({Login.BASIC}))


@asynccontextmanager
async def secure_camera() -> AsyncIterator[tuple[Asker, str]]:
    """Run a camera with HTTPS; return the fingerprint of its certificate."""
    async with running(TLS) as asker:
        assert asker.device.certificate is not None
        yield asker, asker.device.certificate.fingerprint


def client_of(asker: Asker, trust: Trust) -> OnvifCamera:
    """Return a client that trusts so."""
    return OnvifCamera(
        asker.session,
        HOST,
        asker.state.onvif_port,
        USERNAME,
        PASSWORD,
        tls=True,
        certificate=trust,
    )


async def test_pinned_certificate_is_accepted_though_old_and_short() -> None:
    async with secure_camera() as (asker, fingerprint):
        seen = await fetch_fingerprint(HOST, asker.state.onvif_port)
        assert seen == fingerprint
        spelt = ":".join(seen[i : i + 2] for i in range(0, 64, 2)).upper()
        for trust in (seen, spelt, False):
            camera = client_of(asker, trust)
            assert (await camera.describe()).serial == "SIM000001"
            asker.state.wrong_xaddrs = True
            assert len(await camera.profiles()) == 2
            uri = await camera.snapshot_uri("main")
            assert uri == asker.url("/onvif/snapshot/main.jpg").replace("http", "https")


async def test_other_certificate_is_refused_before_anything_is_told() -> None:
    async with secure_camera() as (asker, fingerprint):
        pinned = client_of(asker, fingerprint)
        await pinned.describe()
        await asker.device.stop()
        asker.device.certificate = Certificate()
        await asker.device.start()
        asker.device.calls.clear()
        with pytest.raises(OnvifCertificateError) as caught:
            await pinned.describe()
        assert caught.value.fingerprint == asker.device.certificate.fingerprint
        assert caught.value.fingerprint != fingerprint
        # Not even the question for the time was sent.
        assert not asker.device.calls
        # Whoever looks at it may pin the new one.
        again = client_of(asker, caught.value.fingerprint)
        assert (await again.describe()).serial == "SIM000001"


async def test_certificate_that_nobody_vouches_for_is_not_trusted_by_default() -> None:
    async with secure_camera() as (asker, _):
        with pytest.raises(OnvifCertificateError) as caught:
            await client_of(asker, True).describe()
        assert caught.value.fingerprint is None
        assert not asker.device.calls


async def test_pictures_are_fetched_with_the_same_trust() -> None:
    async with secure_camera() as (asker, fingerprint):
        asker.state.snapshot = lambda _: b"\xff\xd8\xff\xe0picture"
        camera = client_of(asker, fingerprint)
        await camera.profiles()
        url = await working_still(camera, "main")
        assert url is not None
        assert url.startswith("https://")
        asker.device.calls.clear()
        with pytest.raises(OnvifCertificateError):
            await client_of(asker, "0" * 64).picture(url)
        with pytest.raises(OnvifResponseError):
            await camera.picture(url.replace("https", "http"))


async def test_camera_without_tls_is_a_clear_error() -> None:
    async with running() as asker:
        with pytest.raises(OnvifResponseError, match="TLS"):
            await fetch_fingerprint(HOST, asker.state.onvif_port)
        with pytest.raises(OnvifConnectionError):
            await client_of(asker, False).describe()


async def test_nobody_there_has_no_certificate() -> None:
    with socket.socket() as sock:
        sock.bind((HOST, 0))
        port = sock.getsockname()[1]
        with pytest.raises(OnvifConnectionError):
            await fetch_fingerprint(HOST, port)
        sock.listen()
        with pytest.raises(OnvifTimeoutError):
            await fetch_fingerprint(HOST, port, timeout=0.05)
    with pytest.raises(NotLocalError):
        await fetch_fingerprint("8.8.8.8")
    with pytest.raises(OnvifConnectionError):
        await fetch_fingerprint("no host")


@pytest.mark.parametrize("text", ["", "ab", "g" * 64, "0" * 65, "sha256"])
async def test_what_is_no_fingerprint_is_no_trust(text: str) -> None:
    with pytest.raises(ValueError, match="SHA-256"):
        clean_fingerprint(text)
    async with aiohttp.ClientSession() as session:
        with pytest.raises(ValueError, match="SHA-256"):
            OnvifCamera(session, HOST, tls=True, certificate=text)


def test_fingerprints_are_read_however_they_are_written() -> None:
    digits = "0123456789abcdef" * 4
    pairs = ":".join(digits[i : i + 2] for i in range(0, 64, 2))
    for text in (digits.upper(), f" SHA256:{pairs.upper()}\n", f"sha-256 {pairs}"):
        assert clean_fingerprint(text) == digits
