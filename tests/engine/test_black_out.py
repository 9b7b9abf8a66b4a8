"""Zones that were drawn after a clip was recorded are made black in it."""

import os
from pathlib import Path
from typing import Any

import av
import numpy as np
from PIL import Image
import pytest

from custom_components.hearthcam.engine import black_out as module
from custom_components.hearthcam.engine.black_out import black_out
from custom_components.hearthcam.engine.export import export
from custom_components.hearthcam.engine.inspection import inspect
from custom_components.hearthcam.engine.masking.mask import MaskError
from custom_components.hearthcam.engine.packet import TIME_BASE
from custom_components.hearthcam.engine.parts import BlockCause, Point, PrivacyZone
from custom_components.hearthcam.engine.polygon import mark_of
from custom_components.hearthcam.engine.protocol import (
    BlackedOut,
    BlackOut,
    ClipPart,
    Export,
    Inspect,
    Render,
    RenderKind,
)
from custom_components.hearthcam.engine.recover import recover
from custom_components.hearthcam.engine.render import render
from custom_components.hearthcam.library.layout import thumbnail_path
from custom_components.hearthcam.library.mp4 import read_mp4, tag_in
from custom_components.hearthcam.library.tag import ClipTag

from .films import SOUND, between, sound, write_film
from .samples import START, video

ZONE = PrivacyZone(
    "window",
    (Point(0.25, 0.25), Point(0.75, 0.25), Point(0.75, 0.75), Point(0.25, 0.75)),
)
MARK = mark_of(ZONE.polygon)
ZERO = START / TIME_BASE
CLIP_ID = "01J00000000000000000000001"


def record(folder: Path, *, audible: bool = False, **options: Any) -> Path:
    """Record 4 s of a brightening picture, as the library names it."""
    parameters, packets = video(4.0, **options)
    if audible:
        packets += between(sound(4.0), 0, 4)
    path = folder / "front_door" / "2026-09-21" / f"12-26-40_{CLIP_ID}.mp4"
    path.parent.mkdir(parents=True, exist_ok=True)
    tag = ClipTag("front_door", CLIP_ID, CLIP_ID, ZERO, ZERO + 1, mask=("0" * 12,))
    return write_film(path, parameters, packets, audible=audible, comment=tag.to_json())


def order(clip: Path, **options: Any) -> BlackOut:
    """Return the command for a clip."""
    return BlackOut(
        "r", str(clip), (ZONE,), **{"doubted": (), "thumbnail": None} | options
    )


def run(clip: Path, **options: Any) -> BlackedOut:
    """Carry it out."""
    return black_out(order(clip, **options), lambda: False)


def leaked(path: Path) -> int:
    """Return how many pixels of the zone are not black."""
    found = inspect(Inspect("r", str(path), (ZONE.polygon,)))
    assert found.error is None
    return found.leaked


def times(path: Path, kind: str = "video") -> list[float]:
    """Return when each of a file's packets is shown, in s after the first one."""
    with av.open(str(path)) as container:
        shown = sorted(
            float(packet.pts * packet.time_base)
            for packet in container.demux(**{kind: 0})
            if packet.pts is not None
        )
    return [round(time - shown[0], 3) for time in shown]


def outside(path: Path) -> list[float]:
    """Return how bright each picture is where nothing is hidden."""
    with av.open(str(path)) as container:
        return [
            float(frame.to_ndarray(format="gray")[:20].mean())
            for frame in container.decode(video=0)
        ]


@pytest.mark.parametrize(
    "options",
    [{}, {"codec": "hevc"}, {"b_frames": 2}, {"audible": True}],
    ids=["h264", "hevc", "b-frames", "sound"],
)
def test_zone_is_black_and_all_else_as_it_was(
    tmp_path: Path, options: dict[str, Any]
) -> None:
    clip = record(tmp_path, **options)
    shown, bright = times(clip), outside(clip)
    heard = times(clip, "audio") if options.get("audible") else []
    assert leaked(clip) > 10_000

    done = run(clip)

    assert done.error is None
    assert (done.codec, done.width, done.height) == ("h264", 320, 180)
    assert done.size == clip.stat().st_size
    assert leaked(clip) == 0
    assert times(clip) == pytest.approx(shown, abs=0.002)
    assert outside(clip) == pytest.approx(bright, abs=6)
    if heard:
        assert times(clip, "audio") == pytest.approx(heard, abs=0.03)
    assert [path.name for path in clip.parent.iterdir()] == [clip.name]


def test_file_tells_what_is_black_in_it(tmp_path: Path) -> None:
    """The library can be rebuilt from it, older zones included."""
    clip = record(tmp_path)
    assert set(run(clip).mask) == {MARK, "0" * 12}

    tag = tag_in(read_mp4(clip))

    assert tag is not None
    assert set(tag.mask) == {MARK, "0" * 12}
    assert (tag.clip_id, tag.start, tag.event_start) == (CLIP_ID, ZERO, ZERO + 1)


def test_thumbnail_is_made_anew(tmp_path: Path) -> None:
    clip = record(tmp_path)
    thumbnail = thumbnail_path(clip)
    thumbnail.parent.mkdir()
    Image.new("RGB", (320, 180), "white").save(thumbnail)

    assert run(clip, thumbnail=str(thumbnail), at=3.0).error is None

    assert leaked(thumbnail) == 0
    assert np.asarray(Image.open(thumbnail))[:10].mean() > 30


def test_picture_that_nobody_knows_of_goes(tmp_path: Path) -> None:
    """It would be found at the next comparison, with all that is hidden now."""
    clip = record(tmp_path)
    thumbnail_path(clip).parent.mkdir()
    thumbnail_path(clip).write_bytes(b"of before")

    assert run(clip).error is None

    assert not thumbnail_path(clip).exists()


def test_clip_stays_as_it_is_when_that_fails(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    clip = record(tmp_path)
    before = clip.read_bytes()

    def fail(*_: object, **__: object) -> None:
        raise MaskError("no", BlockCause.NO_ENCODER)

    assert black_out(order(clip), lambda: True).error == "stopped"
    monkeypatch.setattr(module, "open_veil", fail)
    assert run(clip).error == "mask_failed"

    assert clip.read_bytes() == before
    assert [path.name for path in clip.parent.iterdir()] == [clip.name]


def test_what_is_no_clip_is_left_alone(tmp_path: Path) -> None:
    foreign = write_film(tmp_path / "a.mp4", *video(1.0))
    before = foreign.read_bytes()
    assert run(foreign).error == "not_a_clip"
    assert foreign.read_bytes() == before
    assert run(tmp_path / "gone.mp4").error == "gone"


def test_drafts_that_a_kill_left_are_deleted_at_the_next_start(tmp_path: Path) -> None:
    """Those of pictures too, but for one that is being written, or somebody else's."""
    clip = record(tmp_path)
    draft = clip.with_name(f"{clip.name}.masking")
    draft.write_bytes(b"half")
    pictures = thumbnail_path(clip).parent
    pictures.mkdir()
    names = f"{clip.stem}.jpg.tmp", f"{clip.stem}.webp.0a1b2c3d.tmp", "notes.txt.tmp"
    for name in names:
        (pictures / name).write_bytes(b"of before")
        os.utime(pictures / name, (0, 0))
    young = pictures / f"{clip.stem}.webp.ffffffff.tmp"
    young.write_bytes(b"of now")

    recover(tmp_path, set, lambda _: None)

    assert not draft.exists()
    assert {path.name for path in pictures.iterdir()} == {names[2], young.name}
    assert clip.exists()


def test_export_blacks_out_what_was_recorded_before(tmp_path: Path) -> None:
    """An old clip and a masked one become one film, in which no zone shows."""
    old = record(tmp_path / "old", codec="hevc")
    new = record(tmp_path / "new", codec="hevc")
    run(new)
    clips = (
        ClipPart(str(old), ZERO, ZERO + 4),
        ClipPart(str(new), ZERO + 4, ZERO + 8, mask=(MARK,)),
    )
    target = tmp_path / "export.mp4"

    done = export(
        Export("r", clips, ZERO, ZERO + 8, str(target), (ZONE,)), lambda: False
    )

    assert done.error is None
    assert len(times(target)) == 80
    assert leaked(target) == 0
    assert sorted(path.name for path in tmp_path.iterdir()) == [
        "export.mp4",
        "new",
        "old",
    ]


def test_export_of_masked_clips_encodes_nothing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    clip = record(tmp_path)
    run(clip)
    monkeypatch.delattr(module, "open_veil")
    part = ClipPart(str(clip), ZERO, ZERO + 4, mask=(MARK,))
    target = tmp_path / "export.mp4"

    done = export(
        Export("r", (part,), ZERO, ZERO + 4, str(target), (ZONE,)), lambda: False
    )

    assert done.error is None
    assert leaked(target) == 0


@pytest.mark.parametrize("kind", list(RenderKind))
def test_pictures_of_a_clip_of_before_are_black_there(
    tmp_path: Path, kind: RenderKind
) -> None:
    clip = record(tmp_path)
    target = tmp_path / "picture"

    command = Render("r", kind, str(clip), str(target), at=3.0, privacy=(ZONE,))
    assert render(command).done

    assert leaked(target) == 0


def test_sound_is_that_of_the_film(tmp_path: Path) -> None:
    """It keeps its rate and its channels."""
    clip = record(tmp_path, audible=True)
    run(clip)
    with av.open(str(clip)) as container:
        heard = container.streams.audio[0].codec_context
        assert (heard.sample_rate, heard.channels) == (
            SOUND.sample_rate,
            SOUND.channels,
        )
