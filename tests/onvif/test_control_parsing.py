"""What recorded cameras say of what they can do, and what cameras get wrong."""

from pathlib import Path
from xml.etree.ElementTree import Element

from hypothesis import given, strategies as st
import pytest

from custom_components.hearthcam.onvif.control.analytics import (
    AnalyticsRule,
    read_rules,
)
from custom_components.hearthcam.onvif.control.auxiliary import (
    AuxiliaryKind,
    read_auxiliaries,
)
from custom_components.hearthcam.onvif.control.durations import duration, seconds
from custom_components.hearthcam.onvif.control.imaging import read_settings
from custom_components.hearthcam.onvif.control.ptz import (
    Preset,
    read_nodes,
    read_presets,
    read_status,
)
from custom_components.hearthcam.onvif.control.ranges import Range, written
from custom_components.hearthcam.onvif.control.timekeeping import (
    NtpServers,
    read_ntp,
    read_time,
)
from custom_components.hearthcam.onvif.services import (
    DEVICE_IO,
    IMAGING,
    MEDIA1,
    PTZ,
    Place,
    ServicePlaces,
    read_capabilities,
    read_services,
)
from custom_components.hearthcam.onvif.soap import answer
from custom_components.hearthcam.onvif.xmltree import parse, signed


def recorded(shared: Path, name: str) -> Element:
    """Return the message of a recording."""
    data = (shared / f"onvif/soap/agsh/{name}.xml").read_bytes()
    return answer(data, "", lenient=True)


def test_node_of_a_recording(shared: Path) -> None:
    [node] = read_nodes(recorded(shared, "GetNodes"))
    assert (node.token, node.max_presets, node.has_home) == ("default", 360, True)
    assert node.continuous.pan == Range(-1, 1)
    assert node.absolute.zoom == Range(0, 1)
    assert node.auxiliary[0] == "AUX1"
    # Nothing says what they do: they are no switches.
    assert read_auxiliaries(node.auxiliary, by_ptz=True) == ()


def test_presets_of_a_recording(shared: Path) -> None:
    presets = read_presets(recorded(shared, "ptz.GetPresets"))
    assert presets[0] == Preset("P001", "P001")
    assert presets[-1] == Preset("Home2", "Home")
    assert len(presets) == 46


def test_status_of_a_recording(shared: Path) -> None:
    status = read_status(recorded(shared, "GetStatus"))
    assert status.pan == pytest.approx(-0.864665985)
    assert status.is_moving is False


def test_pictures_of_a_recording(shared: Path) -> None:
    found = read_settings(
        recorded(shared, "imaging.GetOptions"),
        recorded(shared, "imaging.GetImagingSettings"),
    )
    assert {(s.key, s.range, s.value) for s in found} == {
        ("brightness", Range(0, 255), 255),
        ("color_saturation", Range(0, 255), 128),
        ("contrast", Range(0, 255), 128),
    }


def test_times_of_recordings(shared: Path) -> None:
    told = read_time(recorded(shared, "GetSystemDateAndTime"))
    assert (told.is_ntp, told.zone) == (False, "MoroccoStandardTime0")
    assert told.local_offset is None
    servers = read_ntp(recorded(shared, "device.GetNTP"))
    assert servers == NtpServers(False, ("192.168.1.168",))


def test_services_of_recordings(shared: Path) -> None:
    services = read_services(recorded(shared, "GetServices"))
    assert services[DEVICE_IO] == Place("/onvif/services", 80)
    told = read_capabilities(recorded(shared, "GetCapabilities"))
    assert set(told) >= {MEDIA1, PTZ, IMAGING, DEVICE_IO}


def test_places_are_tried_in_order_and_the_right_one_is_remembered() -> None:
    places = ServicePlaces("/d", 8000)
    assert [place.path for place in places.candidates(PTZ)] == ["/d"]
    places.learn({PTZ: Place("/p", 80), MEDIA1: Place("/m", 8000)})
    assert places.candidates(PTZ)[:3] == (Place("/p"), Place("/p", 80), Place("/d"))
    assert places.candidates(MEDIA1)[:2] == (Place("/m"), Place("/d"))
    places.learn({IMAGING: Place("/i", 443, tls=True)})
    assert places.candidates(IMAGING)[:2] == (Place("/i"), Place("/d"))
    places.prove(PTZ, Place("/d"))
    assert places.candidates(PTZ) == (Place("/d"),)


def test_rules_are_read() -> None:
    message = parse(
        b'<R><Rule Name="Line" Type="tt:LineDetector"><Parameters>'
        b'<SimpleItem Name="Direction" Value="Both"/><ElementItem Name="x"/>'
        b"</Parameters></Rule><Rule/></R>"
    )
    assert read_rules(message) == (
        AnalyticsRule("Line", "LineDetector", (("Direction", "Both"),)),
        AnalyticsRule("", ""),
    )


@pytest.mark.parametrize(
    ("command", "kind"),
    [
        ("tt:WhiteLight|On", AuxiliaryKind.WHITE_LIGHT),
        ("WhiteLight_2|On", AuxiliaryKind.WHITE_LIGHT),
        ("tt:IRLamp|Auto", AuxiliaryKind.IR_LAMP),
        ("tns:Siren|ON", AuxiliaryKind.SIREN),
        ("tt:Washer|On", AuxiliaryKind.WASHER),
        ("Wiper|On", AuxiliaryKind.WIPER),
        ("Defog|On", AuxiliaryKind.OTHER),
    ],
)
def test_commands_are_told_apart_by_their_names(
    command: str, kind: AuxiliaryKind
) -> None:
    [found] = read_auxiliaries([command, "AUX1", "|On", "x|"], by_ptz=False)
    assert found.kind is kind
    assert found.command(command.partition("|")[2].lower()) == command


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("PT5S", 5.0),
        ("PT1M0.5S", 60.5),
        ("P1DT1H", 90000.0),
        ("pt10s", 10.0),
        ("7", 7.0),
        ("P", None),
        ("PT", None),
        ("soon", None),
        ("-PT1S", None),
        (None, None),
    ],
)
def test_durations(text: str | None, value: float | None) -> None:
    assert seconds(text) == value


@given(st.floats(min_value=0, max_value=1e6))
def test_durations_are_read_as_they_are_written(value: float) -> None:
    assert seconds(duration(value)) == pytest.approx(value, abs=0.001)


@given(
    st.floats(allow_nan=False, min_value=-1e6, max_value=1e6),
    st.floats(min_value=0.001, max_value=1e6),
    st.floats(allow_nan=False, allow_infinity=False),
)
def test_ranges_are_never_left(low: float, width: float, value: float) -> None:
    scope = Range(low, low + width)
    for found in (scope.clamp(value), scope.scale(value)):
        assert scope.minimum - 1e-6 <= found <= scope.maximum + 1e-6


@given(st.text(max_size=20) | st.floats().map(str))
def test_no_number_raises(text: str) -> None:
    value = signed(text)
    assert value is None or abs(value) <= 1e9
    if value is not None:
        assert signed(written(value)) is not None


def test_numbers_are_written_as_cameras_want_them() -> None:
    assert [written(v) for v in (1.0, -0.5, 0.1 + 0.2, 12.0)] == [
        "1",
        "-0.5",
        "0.3",
        "12",
    ]
