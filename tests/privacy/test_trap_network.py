"""Home Assistant, the engine and cameras in a home whose every way out is a trap."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from custom_components.hearthcam.engine.closed_network import COMPLAINT

from .trap import (
    CAMERA_NAME,
    CAMERAS,
    NAME_SERVER,
    Houses,
    Resident,
    Trap,
    is_public,
    trapped_home,
)
from .trap_cameras import GARDEN_PORT, PASSWORD, USERNAME

pytestmark = [pytest.mark.faults, pytest.mark.timeout(300)]

PUBLIC = "203.0.113.80"
PUBLIC_V6 = "2001:db8:dead::80"
EVIL = "what-it-saw.example"
LIES = (
    (EVIL, PUBLIC_V6, f";source={PUBLIC_V6};destination={PUBLIC_V6}"),
    # FFmpeg finds it after a slash, and cuts off what comes behind it.
    (PUBLIC, PUBLIC, f";/source={PUBLIC};x={'a' * 4096}"),
    (f"[{PUBLIC_V6}]", EVIL, f";/source={EVIL};x={'a' * 4096}"),
)
"""Whom a camera names: for its services, its media, and the datagrams."""
GARDEN = f"rtsp://{CAMERA_NAME}:{GARDEN_PORT}/main"


@pytest.fixture
def trapped(tmp_path: Path) -> Iterator[tuple[Houses, Trap]]:
    """Return the namespaces, and who watches the way out."""
    with trapped_home(tmp_path) as made:
        yield made


def test_nothing_leaves_the_home(trapped: tuple[Houses, Trap], tmp_path: Path) -> None:
    """Set-up, watching, clips, failures, and cameras that lie: 0 packets leave.

    The same trap then catches what is sent out on purpose.
    """
    houses, trap = trapped
    folder = tmp_path / "home"
    folder.mkdir()
    with (
        houses.run("cameras", "tests.privacy.trap_cameras", CAMERAS) as cameras,
        houses.run("home", "tests.privacy.trap_home", str(folder)) as home,
    ):
        with empty(trap):
            honest_life(home, cameras)
            lies(home, cameras)
        assert home("looked_up") == []
        assert COMPLAINT not in home.log

        home("leave")
        caught = set(trap.packets)
    assert {packet.split()[0] for packet in caught} == {
        "203.0.113.9",
        "2001:db8:dead::9",
        NAME_SERVER,
    }
    assert {packet.rpartition(" ")[2] for packet in caught} >= {
        "control.example",
        "cares.example",
    }
    assert len(caught) == 6
    assert all(map(is_public, caught))


@contextmanager
def empty(trap: Trap) -> Iterator[None]:
    """Fail where a packet was caught, whatever else went wrong."""
    try:
        yield
    finally:
        assert not trap.packets


def honest_life(home: Resident, cameras: Resident) -> None:
    """Everything that a home does with its cameras."""
    login = {"username": USERNAME, "password": PASSWORD}
    assert home("discovered", login=login) == "Front door"
    cameras("allow_transports", camera="Garden", **{"with": ["udp"]})
    assert home("by_url", answer={"name": "Garden", "main_url": GARDEN}) == "Garden"
    home("online", count=2)
    seen = home("watched", entities=["camera.front_door", "camera.garden"])
    assert min(seen) > 10_000
    cameras("motion_now", camera="Front door", **{"with": [2.0]})
    home("reported", kind="MotionStarted")
    assert all(home("clip", entity="camera.front_door"))

    home("killed")
    home("online", count=2)
    home("reloaded")
    home("online", count=2)


def lies(home: Resident, cameras: Resident) -> None:
    """Cameras that name addresses of the internet wherever they can."""
    # A form refuses them at once, with a word of its own.
    for url in (f"rtsp://{PUBLIC}/main", f"rtsp://[{PUBLIC_V6}]/main"):
        errors = home("by_url", answer={"name": "Elsewhere", "main_url": url})
        assert "not_local" in errors

    for turn, (host, media, tail) in enumerate(LIES):
        # Of the one, media is said to be elsewhere, by all of a stream's description
        # and where FFmpeg would send datagrams to.
        what = {"media_host": media, "transport_tail": tail}
        cameras("say", camera="Garden", what=what)
        cameras("play_anew", camera="Garden")
        # Of the other, service addresses, stream and picture URIs, subscriptions: after
        # a restart of the entry all of them are asked for anew.
        cameras("say", camera="Front door", what={"wrong_host": host})
        cameras("wrong_xaddrs", camera="Front door")
        if not turn:
            # It says goodbye, and hello.
            cameras("reboot", camera="Front door", **{"with": [0.2]})
        home("reloaded", only="Front door")
        home("online", count=2)
        cameras("lose_leases", camera="Front door")
        # At the address of a subscription, which is one of the wrong ones.
        cameras("await_call", camera="Front door", action="PullMessages")
    cameras("say", camera="Garden", what={"transport_tail": ""})

    # Redirects, of RTSP and of HTTP, to an address and to a name.
    for host in (f"[{PUBLIC_V6}]", EVIL):
        for name in ("Front door", "Garden"):
            cameras("say", camera=name, what={"redirect": f"{host}/main"})
        # One after the other: the front door plays on meanwhile, and answers so to what
        # it is asked each second.
        for name, camera_id in (("Garden", "garden"), ("Front door", "front_door")):
            cameras("drop_connections", camera=name)
            home("offline", camera_id=camera_id, why="not_local")
        # All that is asked of a camera that comes back is asked by HTTP.
        home("reloaded")
        cameras("await_redirect", camera="Front door")
        for name in ("Front door", "Garden"):
            cameras("say", camera=name, what={"redirect": None})
        home("online", count=2)
