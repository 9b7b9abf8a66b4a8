"""What a camera calls itself is text, whoever shows it."""

from hypothesis import given, strategies as st
import pytest

from custom_components.hearthcam.found_cameras import FoundCamera
from custom_components.hearthcam.onvif import DiscoveredCamera
from custom_components.hearthcam.privacy.harmless import harmless
from custom_components.hearthcam.privacy.ice import is_local_ice


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("Front door (north) #2", "Front door (north) #2"),
        ("Käse_Kamera *1*", "Käse_Kamera *1*"),
        ("![](http://203.0.113.9/x.png)", "! (http 203.0.113.9/x.png)"),
        ("![x][y]", "! x y"),
        ("<img src=//203.0.113.9/x>", "img src=//203.0.113.9/x"),
        ("see https://203.0.113.9/", "see https 203.0.113.9/"),
        ("two\n\n[y]: //x.example", "two y : //x.example"),
        ("\u202eroom\x00", "room"),
        (" ", ""),
    ],
)
def test_no_name_becomes_a_picture_or_a_link(text: str, shown: str) -> None:
    assert harmless(text) == shown


@given(st.text(max_size=60))
def test_nothing_active_is_left(text: str) -> None:
    shown = harmless(text)
    assert not set("<>[]\n`\\") & set(shown)
    assert "://" not in shown
    assert harmless(shown) == shown


def test_a_stranger_on_the_network_cannot_have_browsers_fetch_a_picture() -> None:
    """Its card and the dialogue behind it, which is Markdown, show what it announces."""
    camera = FoundCamera.from_answer(
        DiscoveredCamera(
            epr="urn:uuid:1",
            host="192.168.7.7",
            port=80,
            path="/onvif",
            tls=False,
            name="![](http://203.0.113.9/a)",
            hardware="<img src=http://203.0.113.9/b>",
            manufacturer=None,
            mac=None,
        )
    )
    for text in (camera.title, camera.label):
        assert not set("<[") & set(text)


@pytest.mark.parametrize(
    ("url", "local"),
    [
        ("stun:192.168.1.9", True),
        ("TURN:10.0.0.1:3478?transport=tcp", True),
        ("turns:[fd00::9]:5349", True),
        ("stun:[fe80::1%eth0]", True),
        ("stun:stun.home-assistant.io:3478", False),
        ("stun:8.8.8.8", False),
        ("stun:[2001:db8::1]", False),
        ("stun:turn.home.arpa", False),
        ("stun://192.168.1.9", False),
        ("http:192.168.1.9", False),
        ("stun:192.168.1.9@8.8.8.8", False),
        ("", False),
    ],
)
def test_only_helpers_of_webrtc_with_a_local_address_are_named(
    url: str, local: bool
) -> None:
    assert is_local_ice(url) is local
