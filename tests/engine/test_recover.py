"""A repaired clip is like any other: the same form, the same notes, nothing left."""

import errno
import os
from pathlib import Path
import time
from typing import Any

import av
import pytest

from custom_components.hearthcam.engine import recover as recovery
from custom_components.hearthcam.engine.black_out import black_out
from custom_components.hearthcam.engine.polygon import WHOLE
from custom_components.hearthcam.engine.protocol import (
    BlackOut,
    ClipClosed,
    PrivacyZone,
)
from custom_components.hearthcam.engine.recover import recover, recover_file
from custom_components.hearthcam.engine.repairs import Repairs
from custom_components.hearthcam.engine.storage import Stores
from custom_components.hearthcam.library.fragments import Film
from custom_components.hearthcam.library.tag import ClipTag

from .recording import ZERO, writer_of
from .samples import video

TAG = ClipTag(
    "test", "CLIP0001", "EVENT001", ZERO, ZERO + 2.0, "person", zones=("door", "path")
)


def unfinished(root: Path, **sample: Any) -> Path:
    """Leave a clip of 8 s as a kill does; return its final path."""
    path = root / "test" / "2026-09-21" / "14-13-20_CLIP0001.mp4"
    part = path.with_name(f"{path.name}.part")
    parameters, packets = video(8.0, **sample)
    writer = writer_of(path, parameters, list(packets), tag=TAG)
    while writer._queue or not writer._steps.resting:
        time.sleep(0.001)
    data = part.read_bytes()
    writer.finish()
    assert writer.join(20)
    path.unlink()
    part.write_bytes(data)
    return path


@pytest.mark.parametrize("sample", [{}, {"codec": "hevc"}, {"b_frames": 2}])
def test_repaired_clip_has_the_form_and_notes_of_every_other(
    tmp_path: Path, sample: dict[str, Any]
) -> None:
    """Its pictures can be walked, Safari plays it, and the library knows it again."""
    path = unfinished(tmp_path, **sample)
    told: list[ClipClosed] = []
    recover(tmp_path, set, told.append)
    (clip,) = told
    assert (clip.kind, clip.zones, clip.event_start) == (TAG.kind, TAG.zones, ZERO + 2)
    assert (clip.path, clip.recovered) == (str(path), True)
    with av.open(clip.path) as container:
        stream = container.streams.video[0]
        tag = "hvc1" if "codec" in sample else "avc1"
        assert stream.codec_context.codec_tag == tag
        assert ClipTag.from_json(container.metadata["comment"]) == TAG
        shown = [round(float(frame.time or 0) * 10) for frame in container.decode(0)]
    assert shown[:70] == list(range(70))
    film = Film()
    with path.open("rb") as file:
        film.read_on(file)
    (track,) = film.tracks
    assert len(track.times) == len(shown)


def test_repair_waits_for_room_rather_than_take_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Clips that are being written come first; nothing is lost meanwhile."""
    path = unfinished(tmp_path)
    part = path.with_name(f"{path.name}.part")
    monkeypatch.setattr(recovery, "_SPARE", 1 << 60)
    with pytest.raises(OSError, match=os.strerror(errno.ENOSPC)):
        recover_file(part)
    assert [file.name for file in path.parent.glob("*.mp4*")] == [part.name]


def test_clip_that_was_blacked_out_is_not_replaced_by_what_a_kill_left(
    tmp_path: Path,
) -> None:
    """The kill came after its repair, right before what was repaired was deleted."""
    path = unfinished(tmp_path)
    part = path.with_name(f"{path.name}.part")
    data = part.read_bytes()
    told: list[ClipClosed] = []
    recover(tmp_path, set, told.append)
    zone = PrivacyZone("all", WHOLE)
    assert (
        black_out(BlackOut("1", str(path), (zone,), (), None), lambda: False).error
        is None
    )
    black = path.read_bytes()

    part.write_bytes(data)
    recover(tmp_path, set, told.append)
    assert len(told) == 1
    assert path.read_bytes() == black
    assert not part.exists()


def test_draft_of_a_repair_that_was_cut_off_is_deleted(tmp_path: Path) -> None:
    """Also where its clip was whole already; a stranger's file is not touched."""
    path = unfinished(tmp_path)
    recover(tmp_path, set, lambda _clip: None)
    draft = path.with_name(f"{path.name}.repair")
    draft.write_bytes(b"half")
    stranger = tmp_path / "notes.mp4.repair"
    stranger.write_bytes(b"mine")
    recover(tmp_path, set, lambda _clip: None)
    assert not draft.exists()
    assert stranger.exists()


def test_unreadable_file_of_another_name_is_not_deleted(tmp_path: Path) -> None:
    """A download in the clips' folder is somebody's."""
    stranger = tmp_path / "test" / "film.mp4.part"
    stranger.parent.mkdir()
    stranger.write_bytes(b"not yet a film")
    recover(tmp_path, set, lambda _clip: None)
    assert stranger.exists()


def test_failed_repair_is_tried_again_in_the_running_engine(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Once there is room, without a restart."""
    monkeypatch.setattr("custom_components.hearthcam.engine.repairs.WAIT", 0.01)
    monkeypatch.setattr("custom_components.hearthcam.engine.repairs.AGAIN", 0.01)
    path = unfinished(tmp_path)
    told: list[ClipClosed] = []
    repairs = Repairs(told.append)
    monkeypatch.setattr(recovery, "_SPARE", 1 << 60)
    folder = Stores().folder(tmp_path)
    repairs.add(path.with_name(f"{path.name}.part"), folder)
    time.sleep(0.05)
    assert not told
    monkeypatch.setattr(recovery, "_SPARE", 0)
    deadline = time.monotonic() + 20
    while not told and time.monotonic() < deadline:
        time.sleep(0.01)
    repairs.close(20)
    assert [clip.path for clip in told] == [str(path)]


def test_clip_is_kept_where_memory_is_short(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It is repaired later, not taken for one without a picture."""
    path = unfinished(tmp_path)
    part = path.with_name(f"{path.name}.part")

    def fail(*_: object, **__: object) -> None:
        raise av.error.MemoryError(errno.ENOMEM, "Cannot allocate memory")

    with monkeypatch.context() as patched:
        patched.setattr(av, "open", fail)
        with pytest.raises(OSError, match=os.strerror(errno.ENOMEM)):
            recover_file(part)
    assert part.exists()
    assert recover_file(part) is not None
