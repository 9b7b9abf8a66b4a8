"""What tells cameras apart."""

import pytest

from custom_components.hearthcam.onvif.identity import (
    clean_epr,
    clean_mac,
    clean_serial,
    interface_mac,
)
from custom_components.hearthcam.onvif.models import CameraDescription
from custom_components.hearthcam.onvif.xmltree import parse
from tests.simulator.onvif_asker import USERNAME
from tests.simulator.onvif_options import OnvifOptions
from tests.simulator.state import CameraState

from .against_simulator import client


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("AA:BB:CC:0D:EE:FF", "aa:bb:cc:0d:ee:ff"),
        ("aa-bb-cc-0d-ee-ff", "aa:bb:cc:0d:ee:ff"),
        (" AABBCC0DEEFF ", "aa:bb:cc:0d:ee:ff"),
        ("00:00:00:00:00:00", None),
        ("ff:ff:ff:ff:ff:ff", None),
        ("01:00:5e:00:00:01", None),
        ("aa:bb:cc-0d:ee:ff", None),
        ("aabbcc", None),
        (None, None),
    ],
)
def test_macs_have_one_form(text: str | None, expected: str | None) -> None:
    assert clean_mac(text) == expected


@pytest.mark.parametrize(
    "text", ["0000000", "00-00-00", "", "N/A", "none", "1234567890", "FFFFFFFF", "12"]
)
def test_placeholder_serials_are_ignored(text: str) -> None:
    assert clean_serial(text) is None


def test_real_serials_stay_as_they_are() -> None:
    assert clean_serial(" DS-2CD2385 20190101AAWR ") == "DS-2CD2385 20190101AAWR"
    assert clean_serial("00000001") == "00000001"


def test_endpoint_references_have_one_form() -> None:
    expected = "urn:uuid:4d454930-0000-1000-8000-bc0f9a111213"
    for text in (
        "urn:uuid:4D454930-0000-1000-8000-BC0F9A111213",
        "uuid:4d454930-0000-1000-8000-bc0f9a111213",
        " 4d454930-0000-1000-8000-bc0f9a111213\n",
    ):
        assert clean_epr(text) == expected
    assert clean_epr("urn:camera:7") == "urn:camera:7"
    for nothing in (None, "", "a b", "00000000-0000-0000-0000-000000000000", "x" * 300):
        assert clean_epr(nothing) is None


def test_the_mac_is_of_the_interface_that_we_talk_to() -> None:
    def interface(mac: str, address: str, enabled: str = "true") -> str:
        return (
            f"<NetworkInterfaces><Enabled>{enabled}</Enabled><Info><HwAddress>{mac}"
            "</HwAddress></Info><IPv4><Config><FromDHCP><Address>"
            f"{address}</Address></FromDHCP></Config></IPv4></NetworkInterfaces>"
        )

    message = parse(
        (
            "<r>"
            + interface("02:00:00:00:00:01", "10.0.0.1", "false")
            + interface("00:00:00:00:00:00", "10.0.0.9")
            + interface("02:00:00:00:00:02", "10.0.0.2")
            + interface("02:00:00:00:00:03", "10.0.0.3")
            + "</r>"
        ).encode()
    )
    assert interface_mac(message, "10.0.0.3") == "02:00:00:00:00:03"
    assert interface_mac(message, "10.0.0.1") == "02:00:00:00:00:01"
    assert interface_mac(message, "10.9.9.9") == "02:00:00:00:00:02"
    assert interface_mac(parse(b"<r/>"), None) is None


def test_identity_is_mac_then_serial_then_endpoint() -> None:
    assert CameraDescription(mac="m", serial="s", epr="e").unique_id == "m"
    assert CameraDescription(serial="s", epr="e").unique_id == "s"
    assert CameraDescription(epr="e").unique_id == "e"
    assert CameraDescription().unique_id is None


def test_two_cameras_with_one_serial_stay_two() -> None:
    first = CameraDescription(serial="S123", epr="urn:uuid:1")
    second = CameraDescription(serial="S123", epr="urn:uuid:2")
    assert first.unique_id_beside({}) == "S123"
    others = {"S123": "urn:uuid:1"}
    assert first.unique_id_beside(others) == "S123"
    assert second.unique_id_beside(others) == "urn:uuid:2"
    # Where nothing tells them apart it is the camera that is known.
    assert second.unique_id_beside({"S123": None}) == "S123"
    assert CameraDescription(serial="S123").unique_id_beside(others) == "S123"
    with_mac = CameraDescription(mac="m", serial="S123", epr="urn:uuid:2")
    assert with_mac.unique_id_beside({"m": "urn:uuid:1"}) == "m"
    assert CameraDescription().unique_id_beside(others) is None


async def test_two_cameras_of_a_careless_maker(socket_enabled: None) -> None:
    # No MAC, one serial for all: what is left is the endpoint.
    options = OnvifOptions(network_interfaces=False)
    states = [
        CameraState(
            name="x",
            username=USERNAME,
            serial="IPC-SERIES-1",
            endpoint=f"urn:uuid:00000000-0000-4000-8000-00000000000{number}",
        )
        for number in (1, 2)
    ]
    known: dict[str, str | None] = {}
    for state in states:
        async with client(options, state) as (camera, _):
            about = await camera.describe()
            identity = about.unique_id_beside(known)
            assert identity is not None
            known[identity] = about.epr
    assert known == {
        "IPC-SERIES-1": states[0].endpoint,
        states[1].endpoint: states[1].endpoint,
    }
