"""Cameras in another network namespace are found by real multicast."""

from collections.abc import Iterator

import pytest

from .netns import CAMERA, HOME, Cable, cable, end, told
from .netns_camera import ENDPOINT

pytestmark = pytest.mark.usefixtures("socket_enabled")


@pytest.fixture(scope="module")
def wire() -> Iterator[Cable]:
    """Return two joined namespaces."""
    with cable() as made:
        if not (made.home_v6 and made.camera_v6):
            pytest.skip("this machine gives no link-local IPv6 addresses")
        yield made


@pytest.fixture
def cameras(wire: Cable) -> Iterator[None]:
    """Run a camera on IPv4 and another one on IPv6."""
    process = wire.start(
        wire.camera, "-m", "tests.onvif.netns_camera", CAMERA, wire.camera_v6
    )
    try:
        assert told(process) == "ready"
        yield
    finally:
        end(process)


def test_cameras_are_found_over_both_protocols(wire: Cable, cameras: None) -> None:
    process = wire.start(
        *(wire.home, "-m", "tests.onvif.netns_home", "search"),
        *(HOME, wire.home_v6, "203.0.113.9"),
    )
    try:
        found = {camera["epr"]: camera for camera in told(process)}
    finally:
        end(process)
    assert set(found) == {f"{ENDPOINT}00", f"{ENDPOINT}01"}
    four, six = found[f"{ENDPOINT}00"], found[f"{ENDPOINT}01"]
    assert (four["host"], six["host"]) == (CAMERA, wire.camera_v6)
    assert {(one["name"], one["port"]) for one in (four, six)} == {("Front door", 8080)}


def test_cameras_that_come_and_go_are_heard(wire: Cable) -> None:
    process = wire.start(
        *(wire.home, "-m", "tests.onvif.netns_home", "listen", HOME, wire.home_v6)
    )
    try:
        assert told(process) == 2
        camera = wire.start(
            wire.camera, "-m", "tests.onvif.netns_camera", CAMERA, wire.camera_v6
        )
        try:
            assert told(camera) == "ready"
            heard = sorted(told(process) for _ in range(2))
            assert heard == [
                ["hello", f"{ENDPOINT}00", CAMERA, 8080],
                ["hello", f"{ENDPOINT}01", wire.camera_v6, 8080],
            ]
        finally:
            end(camera)
        heard = sorted(told(process) for _ in range(2))
        assert heard == [["bye", f"{ENDPOINT}00"], ["bye", f"{ENDPOINT}01"]]
    finally:
        end(process)
