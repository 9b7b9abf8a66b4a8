"""XML of cameras: sloppy is understood, hostile is refused, nothing else raises."""

from pathlib import Path
import time

from hypothesis import given, strategies as st
import pytest

from custom_components.hearthcam.onvif.clock import camera_time
from custom_components.hearthcam.onvif.errors import OnvifError, OnvifResponseError
from custom_components.hearthcam.onvif.identity import interface_mac
from custom_components.hearthcam.onvif.media import parse_profiles
from custom_components.hearthcam.onvif.soap import answer
from custom_components.hearthcam.onvif.xmltree import (
    MAX_BYTES,
    MAX_DEPTH,
    MAX_ELEMENTS,
    find,
    number,
    parse,
    text_of,
)


@pytest.mark.parametrize(
    "data",
    [
        b"<a:x><a:y>v</a:y></a:x>",
        b"\n  <?xml version='1.0'?><x xmlns='urn:z'><y>v</y></x>\0\0\n",
        b"\xef\xbb\xbf<?xml version='1.0' encoding='utf-8'?><x><y> v </y></x>",
        b"HTTP garbage <x><y>v</y></x> trailing",
        "<?xml version='1.0' encoding='utf-16'?><x><y>v</y></x>".encode("utf-16"),
        b"<?xml version='1.0' encoding='US-ASCII'?><x><y>v</y></x>",
        "<?xml version=”1.0” ?><x><y>v</y></x>".encode(),
        b"<x>\x01\x0b<y>v\x00</y></x>",
    ],
)
def test_sloppy_xml_is_understood(data: bytes) -> None:
    assert text_of(parse(data), "y") == "v"


def test_invalid_utf8_is_replaced() -> None:
    assert text_of(parse(b"<x><y>Gar\xe7on</y></x>"), "y") == "Gar\ufffdon"


def test_declared_encodings_of_markets_are_decoded() -> None:
    data = "<?xml version='1.0' encoding='GB2312'?><x><y>门口</y></x>".encode("gb2312")
    assert text_of(parse(data), "y") == "门口"


def test_bare_ampersands_of_urls_are_understood() -> None:
    root = parse(b"<x><y>rtsp://h/?a=1&b=2&amp;c=3</y></x>")
    assert text_of(root, "y") == "rtsp://h/?a=1&b=2&c=3"


def test_attributes_lose_their_prefixes() -> None:
    root = parse(b'<x xmlns="u" xmlns:a="v" a:token="1" name="2"/>')
    assert root.attrib == {"token": "1", "name": "2"}


BOMB = b"""<!DOCTYPE l [<!ENTITY a "aaaa"><!ENTITY b "&a;&a;&a;">]><l>&b;</l>"""


@pytest.mark.parametrize(
    "data",
    [
        b"",
        b"<",
        b"<>",
        b"not xml",
        b"<x>",
        b"<x></y>",
        b"<x>&#0;</x>",
        BOMB,
        BOMB.decode().encode("utf-16"),
        b'<!DOCTYPE x SYSTEM "file:///etc/passwd"><x/>',
        b"<x>" * (MAX_DEPTH + 1) + b"</x>" * (MAX_DEPTH + 1),
        b"<x>" + b"<y/>" * MAX_ELEMENTS + b"</x>",
        b"<x>" + b" " * MAX_BYTES + b"</x>",
    ],
)
def test_what_is_no_xml_or_hostile_is_refused(data: bytes) -> None:
    with pytest.raises(OnvifResponseError):
        parse(data)


@pytest.mark.parametrize("text", ["nan", "inf", "-1", "1e300", "", "x", "1_0_0x", None])
def test_senseless_numbers_are_none(text: str | None) -> None:
    assert number(text) is None


def use(data: bytes) -> None:
    """Read everything that is read of any answer."""
    try:
        root = parse(data)
    except OnvifError:
        return
    body = find(root, "Body")
    for message in [root, *([] if body is None else body)]:
        parse_profiles(message)
        camera_time(message)
        interface_mac(message, "10.0.0.1")
    for name in ("GetProfilesResponse", "Fault"):
        try:
            answer(data, name)
        except OnvifError:
            continue


def test_every_recorded_payload_is_parsed(shared: Path) -> None:
    folder = shared / "onvif"
    payloads = [path for path in (folder / "soap").rglob("*") if path.is_file()]
    payloads += (folder / "pull").glob("*.xml")
    assert len(payloads) > 60
    for path in payloads:
        data = path.read_bytes()
        use(data)
        # A few are templates with comparisons in them: those are no XML.
        if b"{{" not in data:
            parse(data)


@given(st.binary(max_size=300))
def test_no_bytes_raise_anything_else(data: bytes) -> None:
    use(data)


NAMES = st.sampled_from(
    [
        *("s:Envelope", "s:Body", "Fault", "Code", "Value", "Subcode", "Text"),
        *("Profiles", "GetProfilesResponse", "Configurations", "VideoEncoder"),
        *("Resolution", "Width", "Encoding", "GovLength", "RateControl"),
        *("SystemDateAndTime", "UTCDateTime", "Date", "Time", "Year"),
        *("NetworkInterfaces", "Info", "HwAddress"),
    ]
)
ELEMENTS = st.recursive(
    st.text(alphabet="0123456789-.:aZ é&<\x00\ufffe", max_size=8),
    lambda inner: st.builds(
        lambda name, parts, token: f'<{name} token="{token}">{"".join(parts)}</{name}>',
        NAMES,
        st.lists(inner, max_size=4),
        st.sampled_from(["", "1", "a b", "&quot;"]),
    ),
    max_leaves=25,
)


@given(ELEMENTS)
def test_no_message_raises_anything_else(text: str) -> None:
    use(f"<s:Envelope><s:Body>{text}</s:Body></s:Envelope>".encode())


@given(st.data())
def test_no_mutated_recording_raises_anything_else(
    shared: Path, data: st.DataObject
) -> None:
    paths = sorted((shared / "onvif" / "soap").rglob("*.xml"))
    payload = bytearray(data.draw(st.sampled_from(paths)).read_bytes())
    for _ in range(data.draw(st.integers(1, 6))):
        at = data.draw(st.integers(0, len(payload)))
        length = data.draw(st.integers(0, 40))
        payload[at : at + length] = data.draw(st.binary(max_size=12))
    use(bytes(payload))


@pytest.mark.parametrize("piece", [b"<", b"&", b"<a ", b"<!--", b"<x a='", b"\xff"])
def test_long_hostile_answers_take_no_time(piece: bytes) -> None:
    start = time.process_time()
    use(b"<x>" + piece * (MAX_BYTES // len(piece) - 10) + b"</x>")
    assert time.process_time() - start < 3
