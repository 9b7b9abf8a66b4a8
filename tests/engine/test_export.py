"""Clips joined into one file: every frame once, in step with the sound."""

from dataclasses import replace
from itertools import pairwise
from pathlib import Path
from typing import Any

import av
import numpy as np
import pytest

from custom_components.hearthcam.engine.export import export
from custom_components.hearthcam.engine.packet import TIME_BASE
from custom_components.hearthcam.engine.parts import Point, PrivacyZone
from custom_components.hearthcam.engine.polygon import mark_of
from custom_components.hearthcam.engine.protocol import ClipPart, Export, Exported

from .films import between, sound, write_film
from .process import EngineProcess
from .samples import START, video

ZERO = START / TIME_BASE
FPS = 10


def clip(
    folder: Path,
    start: float,
    end: float,
    *,
    audible: bool = False,
    **options: Any,
) -> ClipPart:
    """Record a span of the one stream, in s after its begin, keyframe first."""
    parameters, packets = video(20.0, **options)
    chosen = between(packets, start, end)
    if audible:
        chosen += between(sound(20.0), start, end)
    path = folder / f"{start}-{end}-{len(options)}.mp4"
    write_film(path, parameters, chosen, audible=audible)
    return ClipPart(str(path), ZERO + start, ZERO + end)


def run(folder: Path, clips: list[ClipPart], start: float, end: float) -> Exported:
    """Export a span, in s after the stream's begin."""
    command = Export(
        "r", tuple(clips), ZERO + start, ZERO + end, str(folder / "export.mp4"), ()
    )
    return export(command, lambda: False)


def numbers(path: Path) -> list[int]:
    """Return which frames of the stream a file shows: each is brighter by two."""
    with av.open(str(path)) as container:
        return [
            round(float(np.median(frame.to_ndarray(format="rgb24"))) / 2)
            for frame in container.decode(video=0)
        ]


def strip_parameters(path: Path) -> None:
    """Take the parameter sets out of a clip's keyframes."""
    bare = path.with_suffix(".bare")
    with av.open(str(path)) as source, av.open(str(bare), "w", "mp4") as target:
        track = target.add_stream_from_template(source.streams.video[0])
        for packet in source.demux(video=0):
            data, kept = bytes(packet), b""
            while data:
                unit = data[: 4 + int.from_bytes(data[:4])]
                kept += b"" if unit[4] & 31 in (7, 8) else unit
                data = data[len(unit) :]
            if kept:
                stripped = av.Packet(kept)
                stripped.pts, stripped.dts = packet.pts, packet.dts
                stripped.duration, stripped.time_base = (
                    packet.duration,
                    packet.time_base,
                )
                stripped.is_keyframe = packet.is_keyframe
                stripped.stream = track
                target.mux_one(stripped)
    bare.replace(path)


def times(path: Path, kind: str) -> list[float]:
    """Return the times of a file's packets, in s."""
    with av.open(str(path)) as container:
        return [
            float(packet.dts * packet.time_base)
            for packet in container.demux(**{kind: 0})
            if packet.dts is not None
        ]


def assert_frames(path: Path, expected: list[int]) -> None:
    """Compare, as exactly as lossy video tells."""
    found = numbers(path)
    assert len(found) == len(expected)
    assert max(abs(a - b) for a, b in zip(found, expected, strict=True)) <= 1


def test_one_clip_is_cut_from_the_keyframe_before(tmp_path: Path) -> None:
    """A second of pictures more rather than a broken first one."""
    done = run(tmp_path, [clip(tmp_path, 2, 9)], 4.5, 7)

    assert done.error is None
    assert (done.start, done.end) == pytest.approx((ZERO + 4, ZERO + 7), abs=0.001)
    file = tmp_path / "export.mp4"
    assert done.size == file.stat().st_size
    assert_frames(file, list(range(40, 70)))
    assert [path.name for path in tmp_path.iterdir() if path.name[0] == "."] == []


@pytest.mark.parametrize("codec", ["h264", "hevc"])
def test_clips_that_follow_each_other_lose_and_double_nothing(
    tmp_path: Path, codec: str
) -> None:
    """Whether they overlap or just meet."""
    clips = [
        clip(tmp_path, 8, 12, codec=codec),
        clip(tmp_path, 0, 5, codec=codec),
        clip(tmp_path, 3, 8, codec=codec),
        clip(tmp_path, 4, 5, codec=codec),
    ]

    done = run(tmp_path, clips, 1, 11)

    assert done.error is None
    assert_frames(tmp_path / "export.mp4", list(range(10, 110)))
    gaps = [b - a for a, b in pairwise(times(tmp_path / "export.mp4", "video"))]
    assert gaps == pytest.approx([1 / FPS] * 99, abs=0.002)


def test_pauses_are_left_out(tmp_path: Path) -> None:
    """The film goes on where the next clip begins."""
    clips = [clip(tmp_path, 0, 3), clip(tmp_path, 10, 12)]

    done = run(tmp_path, clips, 0, 20)

    assert (done.start, done.end) == pytest.approx((ZERO, ZERO + 12), abs=0.001)
    assert_frames(tmp_path / "export.mp4", [*range(30), *range(100, 120)])
    assert times(tmp_path / "export.mp4", "video")[-1] == pytest.approx(4.9, abs=0.01)


def test_sound_stays_in_step_over_joints(tmp_path: Path) -> None:
    """It is continuous, and as long as the pictures."""
    clips = [
        clip(tmp_path, 0, 5, audible=True),
        clip(tmp_path, 4, 9, audible=True),
        clip(tmp_path, 12, 15, audible=True),
    ]

    done = run(tmp_path, clips, 0, 20)

    assert done.error is None
    heard = times(tmp_path / "export.mp4", "audio")
    frame = 1024 / 16_000
    steps = [b - a for a, b in pairwise(heard)]
    assert min(steps) >= frame - 0.001
    assert max(steps) <= 2 * frame + 0.001
    assert heard[0] <= frame
    assert heard[-1] == pytest.approx(12, abs=3 * frame)


def test_a_silent_clip_makes_the_whole_silent(tmp_path: Path) -> None:
    """Half a sound track stops players."""
    clips = [clip(tmp_path, 0, 5, audible=True), clip(tmp_path, 5, 9)]

    assert run(tmp_path, clips, 0, 20).error is None

    with av.open(str(tmp_path / "export.mp4")) as container:
        assert not container.streams.audio
    assert_frames(tmp_path / "export.mp4", list(range(90)))


def test_other_parameters_of_the_same_size_play_on(tmp_path: Path) -> None:
    """Keyframes carry their own: a camera whose quality was changed."""
    clips = [clip(tmp_path, 0, 6), clip(tmp_path, 6, 10, fps=5)]
    assert video(20.0)[0].extradata != video(20.0, fps=5)[0].extradata

    assert run(tmp_path, clips, 0, 20).error is None
    assert_frames(tmp_path / "export.mp4", [*range(60), *range(30, 50)])


def test_other_codecs_and_sizes_become_one_film(tmp_path: Path) -> None:
    """A camera of H.265 that has zones by now; and one whose size was changed."""
    clips = [
        clip(tmp_path, 0, 3, codec="hevc", audible=True),
        clip(tmp_path, 3, 6, width=160, height=90, audible=True),
        clip(tmp_path, 6, 9, width=240, height=180, audible=True),
        clip(tmp_path, 9, 12, audible=True),
    ]
    zone = PrivacyZone(
        "z", (Point(0, 0), Point(0.3, 0), Point(0.3, 0.3), Point(0, 0.3))
    )
    mark = mark_of(zone.polygon)
    clips[3] = replace(clips[3], mask=(mark,))
    command = Export(
        *("r", tuple(clips), ZERO + 2, ZERO + 11, str(tmp_path / "export.mp4")),
        privacy=(zone,),
    )

    done = export(command, lambda: False)

    assert done.error is None
    assert (done.start, done.end) == pytest.approx((ZERO + 2, ZERO + 11), abs=0.001)
    shown: list[tuple[int, bool, bool]] = []
    with av.open(str(tmp_path / "export.mp4")) as container:
        track = container.streams.video[0].codec_context
        assert (track.name, track.width, track.height) == ("h264", 320, 180)
        assert container.streams.audio
        for frame in container.decode(video=0):
            assert (frame.width, frame.height) == (320, 180)
            picture = frame.to_ndarray(format="rgb24")
            middle = round(float(np.median(picture[:, 120:200])) / 2)
            hidden = int(picture[:40, 50:80].max()) < 24
            narrow = int(picture[:, :36].max()) < 24
            shown.append((middle, hidden, narrow))
    assert [round(n) for n, _, _ in shown] == pytest.approx([*range(20, 110)], abs=1)
    # Black where it has to be, which the last clip says it is already.
    assert [hidden for _, hidden, _ in shown] == [True] * 70 + [False] * 20
    # Not drawn out of shape.
    assert [narrow for _, _, narrow in shown] == [False] * 40 + [True] * 30 + [
        False
    ] * 20
    times_of = times(tmp_path / "export.mp4", "video")
    gaps = [b - a for a, b in pairwise(times_of)]
    assert gaps == pytest.approx([1 / FPS] * 89, abs=0.002)


def test_clips_whose_keyframes_tell_too_little_are_encoded(tmp_path: Path) -> None:
    """Only the file's header says how they are coded; a film has one header."""
    clips = [clip(tmp_path, 0, 3), clip(tmp_path, 6, 10, fps=5)]
    for part in clips:
        strip_parameters(Path(part.path))

    done = run(tmp_path, clips, 0, 20)

    assert done.error is None
    assert_frames(tmp_path / "export.mp4", [*range(30), *range(30, 50)])
    assert not [path for path in tmp_path.iterdir() if path.name[0] == "."]


def test_nothing_is_overwritten(tmp_path: Path) -> None:
    """Whatever the name belongs to."""
    file = tmp_path / "export.mp4"
    file.write_bytes(b"mine")

    assert run(tmp_path, [clip(tmp_path, 0, 3)], 0, 2).error == "storage"
    assert file.read_bytes() == b"mine"


def test_what_cannot_be_done_is_said(tmp_path: Path) -> None:
    """And leaves no file behind."""
    part = clip(tmp_path, 0, 3)
    broken = tmp_path / "broken.mp4"
    broken.write_bytes(bytes(1000))

    assert run(tmp_path, [part], 5, 6).error == "nothing_recorded"
    assert run(tmp_path, [], 0, 1).error == "nothing_recorded"
    gone = ClipPart(str(tmp_path / "gone.mp4"), ZERO, ZERO + 5)
    assert run(tmp_path, [gone], 0, 3).error == "storage"
    bad = ClipPart(str(broken), ZERO, ZERO + 5)
    assert run(tmp_path, [bad], 0, 3).error == "storage"
    command = Export("r", (part,), ZERO, ZERO + 2, str(tmp_path / "export.mp4"), ())
    assert export(command, lambda: True).error == "storage"
    assert sorted(path.name for path in tmp_path.iterdir()) == [
        Path(part.path).name,
        "broken.mp4",
    ]


def test_the_engine_exports(tmp_path: Path, engine: EngineProcess) -> None:
    """By command, answered by its id."""
    part = clip(tmp_path, 0, 3)
    target = tmp_path / "export.mp4"

    engine.send(Export("abc", (part,), ZERO, ZERO + 2, str(target), ()))

    done = engine.wait_for(Exported)
    assert (done.request_id, done.error) == ("abc", None)
    assert_frames(target, list(range(20)))
