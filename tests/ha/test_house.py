"""Simulated cameras, the true engine and Home Assistant: what a user does with them."""

import asyncio
from collections.abc import AsyncIterator
from datetime import UTC, datetime
import io
from pathlib import Path
import re
import time
from typing import Any
from unittest.mock import patch

import av
import pytest
from pytest_homeassistant_custom_component.typing import ClientSessionGenerator

from custom_components.hearthcam.engine.protocol import (
    ClipClosed,
    MotionEnded,
    MotionStarted,
)
from custom_components.hearthcam.launch import engine_command
from custom_components.hearthcam.library.models import CONTINUOUS
from custom_components.hearthcam.library.retention import Limits
from homeassistant.components.media_source import (
    BrowseMediaSource,
    async_browse_media,
    async_resolve_media,
)
from homeassistant.core import HomeAssistant
from homeassistant.setup import async_setup_component
from homeassistant.util import dt as dt_util

from .conftest import wait_for
from .house import (
    FPS,
    House,
    a_house,
    nothing_blocks,
    pictures,
    seamless,
    short_segments,
    simulated,
)

PANEL = {"entity_id": "alarm_control_panel.hearthcam"}
SOMEBODY: dict[str, Any] = {"name": "Front", "begin": 3.0}
"""A camera before which somebody walks by after 5 s, for 5 s."""
NOBODY: dict[str, Any] = {"name": "Garden", "begin": 3.0}
DAY = 86_400.0


@pytest.fixture
async def house(
    home: HomeAssistant,
    tmp_path: Path,
    socket_enabled: None,
    disable_block_async_io: None,
    monkeypatch: pytest.MonkeyPatch,
    caplog: pytest.LogCaptureFixture,
) -> AsyncIterator[House]:
    """Return a house without a camera, in which nothing may block the event loop."""
    assert await async_setup_component(home, "media_source", {})
    with nothing_blocks(monkeypatch, caplog):
        async with a_house(home, tmp_path / "media") as house:
            yield house


async def browse(house: House, path: str) -> BrowseMediaSource:
    """Return a folder of Media."""
    item = await async_browse_media(house.hass, f"media-source://hearthcam/{path}")
    assert isinstance(item, BrowseMediaSource)
    return item


async def stored(house: House, camera_id: str, count: int) -> None:
    """Wait until so many clips of a camera have their rows."""

    def closed() -> int:
        return sum(clip.camera_id == camera_id for _, clip in house.of(ClipClosed))

    await wait_for(lambda: closed() >= count, 30)
    await wait_for(lambda: all(clip.live for clip in house.system.growing.clips()), 30)


async def clear_of_the_hour() -> None:
    """Do not begin within an hour what ends in the next."""
    if (left := 3_600 - time.time() % 3_600) < 30:
        await asyncio.sleep(left)


async def test_cameras_that_record_all_the_time(
    house: House, hass_client: ClientSessionGenerator, tmp_path: Path
) -> None:
    """Hours and events to watch, any span to take along, old pieces gone, disarmed."""
    await clear_of_the_hour()
    options = {"mode_armed_home": "continuous"}
    with short_segments(3.0):
        async with simulated(SOMEBODY, NOBODY) as (front, garden):
            await asyncio.gather(
                house.add("front_door", front, options),
                house.add("garden", garden, options, blind=True),
            )
            await house.report(MotionEnded, seconds=40)
            await stored(house, "front_door", 4)
            await stored(house, "garden", 3)

            # Not all cameras finish their files at the same time.
            ends = {
                camera_id: (await house.clips(camera_id))[0].end % 3.0
                for camera_id in ("front_door", "garden")
            }
            assert abs(ends["front_door"] - ends["garden"]) > 0.1

            # Media: the hours, and in them what happened.
            clips = await house.clips("front_door")
            assert {clip.kind for clip in clips} == {CONTINUOUS}
            today = dt_util.as_local(dt_util.utc_from_timestamp(clips[0].start)).date()
            day = await browse(house, f"day/front_door/{today}")
            assert day.children
            items = [str(child.media_content_id) for child in day.children]
            kinds = [item.split("/")[3] for item in items]
            assert kinds[-1] == "event"
            assert set(kinds) == {"hour", "event"}
            played = await async_resolve_media(house.hass, items[0], None)
            assert played.mime_type == "application/x-mpegURL"
            client = await hass_client()
            text = await (await client.get(played.url)).text()
            assert text.count("#EXT-X-MAP") >= 4
            shown = sum(map(float, re.findall(r"#EXTINF:([0-9.]+)", text)))
            assert shown >= clips[-1].end - clips[0].start - 0.1
            happened = await async_resolve_media(house.hass, items[-1], None)
            assert (await client.get(happened.url)).status == 200

            # A span over several files is one file of exactly that length.
            house.hass.config.allowlist_external_dirs = {str(tmp_path)}
            start, end = clips[0].start + 1.0, clips[2].end - 1.0
            exported = (
                await house.act(
                    "export",
                    entity_id="camera.front_door",
                    start=datetime.fromtimestamp(start, UTC).isoformat(),
                    end=datetime.fromtimestamp(end, UTC).isoformat(),
                    filename=str(tmp_path / "export.mp4"),
                )
            )["camera.front_door"]
            moments = await asyncio.to_thread(pictures, tmp_path / "export.mp4", 0.0)
            begun, ended = (
                datetime.fromisoformat(exported[key]).timestamp()
                for key in ("start", "end")
            )
            assert seamless(moments)
            assert start - 1.01 < begun <= start
            assert ended == pytest.approx(end, abs=1 / FPS)
            assert len(moments) == round((ended - begun) * FPS)

            # Disarmed they rest, armed they go on.
            await house.call("alarm_control_panel", "alarm_disarm", **PANEL)
            await wait_for(lambda: not house.system.growing.clips(), 20)
            since = time.monotonic()
            await house.call("alarm_control_panel", "alarm_arm_home", **PANEL)
            await house.opened("front_door", since)
            await house.opened("garden", since)
            await house.call("alarm_control_panel", "alarm_disarm", **PANEL)
            await wait_for(lambda: not house.system.growing.clips(), 20)
            for camera_id in ("front_door", "garden"):
                clips = await house.clips(camera_id)
                first = [clip for clip in clips if clip.end < clips[-1].start - 0.05]
                moments = await house.frames(camera_id)
                until = first[-1].end
                assert seamless([moment for moment in moments if moment < until])

            # After some days, what nothing happened in is gone.
            await house.library.enforce(
                Limits(),
                lambda: 10**15,
                now=time.time() + 5 * DAY,
                steady=time.monotonic() + 5 * DAY,
            )
            assert await house.clips("garden") == []
            assert (
                len(await house.clips("front_door"))
                == len([*house.media.glob("hearthcam/front_door/*/*.mp4")])
                > 0
            )


async def test_neighbour_saves_the_same_incident(house: House) -> None:
    """With its own pre-roll, under the id of what the other camera saw."""
    # The pictures of before are there when somebody comes.
    async with simulated({**SOMEBODY, "begin": 1.0}, NOBODY) as (front, garden):
        await house.add(
            "garden", garden, {"pre_roll": 4.0, "post_roll": 1.0}, blind=True
        )
        await house.add(
            "front_door",
            front,
            {"incident": ["garden"], "pre_roll": 2.0, "post_roll": 1.0},
        )
        _, motion = await house.report(MotionStarted, seconds=40)
        await stored(house, "front_door", 1)
        await stored(house, "garden", 1)
        answer = await house.act("list_clips", kind=["incident"])
        (clip,) = answer["clips"]
        assert clip["camera_id"] == "garden"
        assert clip["event_id"] == motion.event_id
        (own,) = (await house.act("list_clips", entity_id="camera.front_door"))["clips"]
        assert own["event_id"] == motion.event_id
        (row,) = await house.clips("garden")
        assert motion.time - 5.1 < row.start <= motion.time - 4.0
        moments = await house.frames("garden")
        assert seamless(moments)
        assert moments[-1] >= motion.time


async def test_clip_of_an_h265_camera_is_for_every_player(
    house: House, hass_client: ClientSessionGenerator
) -> None:
    """Apple's play it by its tag, while it grows and when it is finished."""
    async with simulated({**NOBODY, "codec": "hevc"}) as (garden,):
        await house.add("garden", garden, blind=True)
        client = await hass_client()
        await house.act("record", entity_id="camera.garden", duration=3, pre_roll=0)
        opened = await house.opened("garden")
        growing = await (
            await client.get(f"/api/hearthcam/clip/{opened.clip_id}/index.m3u8")
        ).text()
        assert "#EXT-X-ENDLIST" not in growing
        await stored(house, "garden", 1)
        whole = await (
            await client.get(f"/api/hearthcam/clip/{opened.clip_id}/index.m3u8")
        ).text()
        for text in (growing, whole):
            match = re.search(r'EXT-X-MAP:URI="([^"]+)",BYTERANGE="(\d+)@0"', text)
            assert match is not None
            last = int(match[2]) - 1
            answer = await client.get(match[1], headers={"Range": f"bytes=0-{last}"})
            init = await answer.read()
            assert len(init) == last + 1
            assert b"hvc1" in init
            assert b"hev1" not in init
        (clip,) = await house.clips("garden")
        assert clip.codec == "hevc"
        assert len(await house.frames("garden")) >= 3 * FPS
        path = await house.library.file_of(clip)
        assert path is not None
        with av.open(str(path)) as container:
            assert container.streams.video[0].codec_context.codec_tag == "hvc1"
        answer = await client.get(f"/api/hearthcam/thumbnail/{clip.clip_id}")
        with av.open(io.BytesIO(await answer.read()), "r") as picture:
            (frame,) = picture.decode(video=0)
            assert frame.width == 320


@pytest.mark.parametrize("step", [3600.0, -3600.0])
async def test_clock_of_the_system_is_set_while_it_is_recorded(
    house: House, tmp_path: Path, step: float
) -> None:
    """The engine starts anew: no clip has times of two clocks, and all are whole."""
    offset = tmp_path / "offset"
    offset.write_text("0")

    def command(listen_fd: int) -> list[str]:
        python, isolated, engine, *arguments = engine_command(listen_fd)
        stand_in = str(Path(__file__).with_name("stepped_engine.py"))
        return [python, isolated, stand_in, str(offset), engine, *arguments]

    with (
        patch("custom_components.hearthcam.system.engine_command", command),
        short_segments(300.0),
    ):
        async with simulated(NOBODY) as (garden,):
            options = {"mode_armed_home": "continuous"}
            await house.add("garden", garden, options, blind=True)
            before = await house.opened("garden")
            draft = offset.with_name("draft")
            draft.write_text(str(step))
            draft.replace(offset)
            status = house.system.supervisor.status
            await wait_for(lambda: status.restarts, 20)
            down = time.monotonic()
            after = await house.opened("garden", down)
            await house.call("alarm_control_panel", "alarm_disarm", **PANEL)
            await stored(house, "garden", 2)
            closed = [clip for _, clip in house.of(ClipClosed)]
            assert [clip.clip_id for clip in closed] == [before.clip_id, after.clip_id]
            assert not any(clip.recovered for clip in closed)
            first, second = closed
            assert second.start - first.end == pytest.approx(step, abs=10)
            for clip in await house.clips("garden"):
                path = await house.library.file_of(clip)
                assert path is not None
                assert seamless(await asyncio.to_thread(pictures, path, clip.start))
