"""Diagnostics tell of states and never of identities."""

from collections.abc import Iterator
from dataclasses import replace
import json
from pathlib import Path
from types import MappingProxyType

from hypothesis import assume, given, strategies as st

from custom_components.hearthcam.const import DOMAIN
from custom_components.hearthcam.diagnostics import async_get_config_entry_diagnostics
from custom_components.hearthcam.engine.protocol import (
    CameraStats,
    EngineStats,
    LightExplained,
    MotionStarted,
)
from custom_components.hearthcam.scrub import Scrubber
from homeassistant.config_entries import ConfigSubentry
from homeassistant.core import HomeAssistant
from tests.simulator.onvif_options import OnvifOptions

from .conftest import PASSWORD, CameraHarness, FakeEngineControl, make_zone, wait_for
from .flow_parts import MAIN, SUB, camera_state
from .session_fixtures import onvif_harness


def stats() -> CameraStats:
    """Return figures."""
    return CameraStats(
        *("front_door", 15.0, 4000.0, 2.0, 8.0, 1, "full", 5.0, 0, 11.5, "half")
    )


async def test_diagnostics_of_a_camera_hold_no_identity(camera: CameraHarness) -> None:
    await camera.stream()
    await camera.emit(
        stats(),
        EngineStats(1.0, 2, 3, 0.05, 0.5, "half"),
        MotionStarted("front_door", "EVENT00001", 1_700_000_000.0, 0.8),
    )
    await wait_for(lambda: camera.entry.runtime_data.state.motion)
    await camera.hass.async_block_till_done()
    diagnostics = await async_get_config_entry_diagnostics(camera.hass, camera.entry)
    text = json.dumps(diagnostics)
    for secret in (
        PASSWORD,
        "admin",
        "rtsp:",
        "192.168.1.20",
        "00:11:22:33:44:55",
        "SN123456",
        "front_door",
        "Front door",
        camera.url().partition("auth=")[2],
    ):
        assert secret not in text, secret
    assert diagnostics["online"] is True
    assert diagnostics["streams"]["main"]["info"]["width"] == 1920
    assert diagnostics["stats"]["fps"] == 15.0
    assert diagnostics["motion"] is True
    engine = diagnostics["system"]["engine"]
    assert engine["running"] is True
    assert engine["restarts"] == 0
    assert engine["stats"] == {
        "cpu_seconds": 1.0,
        "rss": 2,
        "threads": 3,
        "analysis_used": 0.05,
        "analysis_budget": 0.5,
        "governor": "half",
        "refused_contacts": 0,
    }


async def test_diagnostics_tell_of_recording(camera: CameraHarness) -> None:
    options = {
        "incident": ["bedroom_of_anna"],
        "record_zones": ["ANNA"],
        "pre_roll": 8.0,
        "mode_armed_home": "detect",
    }
    camera.hass.config_entries.async_update_entry(camera.entry, options=options)
    diagnostics = await async_get_config_entry_diagnostics(camera.hass, camera.entry)
    assert "anna" not in json.dumps(diagnostics).lower()
    assert diagnostics["entry"]["options"]["pre_roll"] == 8.0
    assert diagnostics["policy"] == diagnostics["mode"] == "detect"
    assert diagnostics["reported_classes"] == ["motion"]
    assert diagnostics["system"]["arming"] == "armed_home"


async def test_diagnostics_tell_of_detection(camera: CameraHarness) -> None:
    hass = camera.hass
    for zone in (make_zone("Bedroom of Anna", "ANNA"), make_zone("Road", "ROAD")):
        hass.config_entries.async_add_subentry(
            camera.entry,
            ConfigSubentry(
                data=MappingProxyType(dict(zone["data"])),
                subentry_type=zone["subentry_type"],
                title=zone["title"],
                unique_id=None,
                subentry_id=zone["subentry_id"],
            ),
        )
    await camera.emit(
        stats(),
        MotionStarted("front_door", "EVENT00001", 1.0, 0.8, zones=("ANNA",)),
        LightExplained("front_door", 1.0, "global"),
        LightExplained("front_door", 2.0, "home"),
        LightExplained("front_door", 3.0, "home"),
    )
    state = camera.entry.runtime_data.state
    await wait_for(lambda: state.lights.total() == 3)
    diagnostics = await async_get_config_entry_diagnostics(hass, camera.entry)
    text = json.dumps(diagnostics)
    for secret in ("Anna", "ANNA", "front_door", "Front door"):
        assert secret not in text, secret
    assert diagnostics["stats"]["rung"] == "full"
    assert diagnostics["stats"]["analysis_ms"] == 11.5
    assert diagnostics["stats"]["governor"] == "half"
    assert diagnostics["sensitivity"] == 50
    assert diagnostics["zones"][0] == {
        **make_zone()["data"],
        "name": "**REDACTED**",
        "motion": True,
    }
    assert diagnostics["zones"][1]["motion"] is False
    assert diagnostics["explained_light"] == {
        "counted": {"global": 1, "home": 2},
        "last": {"time": 3.0, "cause": "home"},
        "sources": 1,
    }


async def test_diagnostics_of_the_system(camera: CameraHarness, tmp_path: Path) -> None:
    (entry,) = (
        entry
        for entry in camera.hass.config_entries.async_entries(DOMAIN)
        if entry is not camera.entry
    )
    diagnostics = await async_get_config_entry_diagnostics(camera.hass, entry)
    assert diagnostics["entry"]["data"] == {"entry_type": "system"}
    assert diagnostics["system"]["cameras"] == 1
    library = diagnostics["system"]["library"]
    assert (library["count"], library["size"], library["rebuilt"]) == (0, 0, False)
    storage = diagnostics["system"]["storage"]
    assert storage["place"] == "media"
    assert storage["media"]["trouble"] is None
    assert storage["problems"] == []
    assert storage["options"]["days"] == 30
    text = json.dumps(diagnostics)
    assert "front_door" not in text
    assert str(tmp_path) not in text
    assert "streams" not in diagnostics


SECRETS = (
    *("pa:ss@w/rd", "pa%3Ass", "hk_admin", "127.0.0.1", "10.11.12.13", "fe80::17:42"),
    *("02:00:00:00:00:01", "020000000001", "02-00-00-00-00-01"),
    *("SIM-SERIAL-77", "00000000-0000-4000-8000-000000000001", "Bedroom", "bedroom"),
    *("tok_main", "tok_sub", "AlarmOut_tok", "rtsp:", "/secret/path", "A1B2C3D4"),
)


async def test_nothing_that_a_camera_says_of_itself_identifies_it(
    home: HomeAssistant, fake_engine_used: FakeEngineControl
) -> None:
    """Whatever it puts where: into its model, its topics, its settings."""
    everything = (
        "X 127.0.0.1 10.11.12.13 fe80::17:42 02:00:00:00:00:01 020000000001 "
        "SIM-SERIAL-77 urn:uuid:00000000-0000-4000-8000-000000000001 "
        "rtsp://hk_admin:pa%3Ass@127.0.0.1/secret/path hk_admin Bedroom"
    )
    state = camera_state(
        username="hk_admin",
        serial="SIM-SERIAL-77",
        manufacturer=everything,
        model=everything,
        firmware=everything,
        profiles=(replace(MAIN, token="tok_main"), replace(SUB, token="tok_sub")),
    )
    options = OnvifOptions(
        ptz=True,
        imaging=True,
        relays=1,
        inputs=1,
        device_io=True,
        auxiliary=("tt:WhiteLight|On", "tt:WhiteLight|Off"),
    )
    async with onvif_harness(
        home,
        fake_engine_used,
        options,
        state,
        title="Bedroom",
        camera_id="bedroom",
        username="hk_admin",
        serial="SIM-SERIAL-77",
        main_profile="tok_main",
        sub_profile="tok_sub",
        onvif_certificate="A1B2C3D4" * 8,
        measured={"main": {"gop": 2.0, "fps": 15.0}},
    ) as kept:
        await wait_for(lambda: kept.session.has_events and kept.session.capabilities)
        session = kept.session
        state.fire_event("tns1:RuleEngine/CellMotionDetector/Motion")
        for part in ("SIM-SERIAL-77", "02-00-00-00-00-01"):
            state.fire_event(
                f"tns1:Strange/{part}/Thing", {"Level": "3", "SIM-SERIAL-77": "1"}
            )

        def unknown() -> int:
            told = session.event_diagnostics
            return len(told.unknown) if told else 0

        await wait_for(lambda: unknown() == 2)
        found = await async_get_config_entry_diagnostics(home, kept.entry)
    text = json.dumps(found)
    for secret in SECRETS:
        assert secret.lower() not in text.lower(), secret
    onvif = found["onvif"]
    assert onvif["reachable"] is True
    assert onvif["rung"] in ("push", "long_poll", "poll")
    assert onvif["login"] in ("digest", "wsse")
    assert abs(onvif["clock_offset"]) < 5.0
    assert [one["used_as"] for one in onvif["profiles"]] == ["main", "sub"]
    assert onvif["profiles"][0]["width"] == 1920
    assert onvif["events"]["last"][0]["kind"] == "motion"
    assert onvif["events"]["counters"]["created"] >= 1
    assert len(onvif["events"]["unknown"]) == 2
    capabilities = onvif["capabilities"]
    assert capabilities["ptz"]["continuous"]["pan"]
    assert capabilities["pictures"]
    assert len(capabilities["relays"]) == len(capabilities["inputs"]) == 1
    assert capabilities["auxiliaries"][0]["kind"] == "white_light"
    assert found["entry"]["data"]["measured"]["main"]["gop"] == 2.0


@given(
    secret=st.text(min_size=3, max_size=24).filter(lambda text: "*" not in text),
    around=st.text(max_size=12),
)
def test_no_text_keeps_a_known_secret(secret: str, around: str) -> None:
    texts = {"a": [around + secret, {"b": secret + around}], "c": (secret * 2,)}
    scrubbed = Scrubber([secret]).scrub(texts)

    def values(value: object) -> Iterator[str]:
        if isinstance(value, dict):
            for one in value.values():
                yield from values(one)
        elif isinstance(value, list):
            for one in value:
                yield from values(one)
        else:
            yield str(value)

    # What stays may by chance be made of what is around it, and of nothing else.
    assume("REDACTED" not in secret.upper() and secret.upper() not in "**REDACTED**")
    assume(secret not in around)
    for text in values(scrubbed):
        assert secret not in text.replace("**REDACTED**", "\0")
