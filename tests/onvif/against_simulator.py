"""The real client connected to the simulated camera, for tests."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import pytest

from custom_components.hearthcam.onvif import OnvifCamera
from tests.simulator.onvif_asker import PASSWORD, USERNAME, Asker, running
from tests.simulator.onvif_options import ONLY_TIME, Login, OnvifOptions
from tests.simulator.state import CameraState

HOST = "127.0.0.1"
WSSE_ONLY = frozenset({Login.WSSE})
FIRMWARES = {
    "both": OnvifOptions(),
    "wsse": OnvifOptions(logins=WSSE_ONLY),
    "wsse, 401": OnvifOptions(logins=WSSE_ONLY, fault_status=401),
    "wsse, strict": OnvifOptions(logins=WSSE_ONLY, public_actions=ONLY_TIME),
    "wsse, vain challenge": OnvifOptions(logins=WSSE_ONLY, vain_challenge=True),
    "digest": OnvifOptions(logins=frozenset({Login.DIGEST})),
    "digest, strict": OnvifOptions(
        logins=frozenset({Login.DIGEST}), public_actions=ONLY_TIME
    ),
    "digest sha-256": OnvifOptions(
        logins=frozenset({Login.DIGEST}), digest_algorithm="SHA-256"
    ),
    "digest of 2069": OnvifOptions(logins=frozenset({Login.DIGEST}), digest_qop=False),
    "digest and basic": OnvifOptions(logins=frozenset({Login.DIGEST, Login.BASIC})),
    "basic": OnvifOptions(logins=frozenset({Login.BASIC})),
    "basic, strict": OnvifOptions(
        logins=frozenset({Login.BASIC}), public_actions=ONLY_TIME
    ),
}
every_firmware = pytest.mark.parametrize(
    "options", list(FIRMWARES.values()), ids=list(FIRMWARES)
)


@asynccontextmanager
async def client(
    options: OnvifOptions | None = None,
    state: CameraState | None = None,
    *,
    password: str | None = PASSWORD,
    timeout: float = 10.0,
) -> AsyncIterator[tuple[OnvifCamera, Asker]]:
    """Run a camera and connect the real client to it."""
    async with running(options, state) as asker:
        camera = OnvifCamera(
            asker.session,
            HOST,
            asker.state.onvif_port,
            USERNAME if password is not None else None,
            password,
            timeout=timeout,
        )
        yield camera, asker
