"""Where the samples of a clip are, and the reel that players get."""

from bisect import bisect_right
import io
from itertools import pairwise
from pathlib import Path
import random
import struct

import av
from av.video.stream import VideoStream
from hypothesis import given, settings, strategies as st
import pytest

from custom_components.hearthcam.library.boxes import BoxError
from custom_components.hearthcam.library.fragments import Film
from custom_components.hearthcam.library.reel import Reel
from tests.engine.films import between, repair, sound, write_film
from tests.engine.samples import video

SECONDS = 12.0


@pytest.fixture(scope="module", params=["h264", "hevc", "h264 with sound"])
def films(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> tuple[Path, Path, Path]:
    """Return a clip just before it was closed, the clip, and the first repaired."""
    folder = tmp_path_factory.mktemp("films")
    codec, _, audible = request.param.partition(" ")
    parameters, packets = video(SECONDS, codec=codec)
    if audible:
        packets += between(sound(SECONDS), 0, SECONDS)
    growing, closed = folder / "clip.mp4.part", folder / "clip.mp4"
    write_film(
        closed,
        parameters,
        packets,
        audible=bool(audible),
        comment="a note",
        copy_before_close=growing,
    )
    return growing, closed, repair(growing, folder / "repaired.mp4")


def reel_of(path: Path, *, whole: bool = True) -> tuple[Reel, bytes]:
    """Return a file's reel and its bytes."""
    reel = Reel()
    with path.open("rb") as file:
        reel.update(file, whole=whole)
        return reel, reel.read(file, 0, 1 << 40)


def shown(data: bytes, kind: str = "video") -> list[tuple[float, bytes]]:
    """Return (time, content) of what a demuxer finds."""
    with av.open(io.BytesIO(data), "r", format="mp4") as container:
        return [
            (round(float((packet.pts or 0) * packet.time_base), 4), bytes(packet))
            for packet in container.demux(**{kind: 0})
            if packet.size
        ]


def test_a_reel_holds_all_that_the_file_holds(films: tuple[Path, Path, Path]) -> None:
    """Every picture at its time, and the sound in step with it."""
    _, closed, _ = films
    _, data = reel_of(closed)

    assert shown(data) == shown(closed.read_bytes())
    with av.open(str(closed)) as container:
        audible = bool(container.streams.audio)
    if audible:
        assert shown(data, "audio") == shown(closed.read_bytes(), "audio")
    with av.open(io.BytesIO(data), "r", format="mp4") as container:
        assert len(list(container.decode(video=0))) == SECONDS * 10


def test_segments_begin_with_keyframes_and_follow_each_other(
    films: tuple[Path, Path, Path],
) -> None:
    """So that each can be played from, and none is missed."""
    _, closed, _ = films
    reel, data = reel_of(closed)

    assert [round(segment.start, 3) for segment in reel.segments] == [0, 1, 3, 6, 10]
    assert sum(segment.duration for segment in reel.segments) == pytest.approx(SECONDS)
    for before, after in pairwise(reel.segments):
        assert before.offset + before.length == after.offset
    assert reel.segments[0].offset == reel.init_length
    assert reel.size == len(data)
    for segment in reel.segments:
        part = data[segment.offset : segment.offset + segment.length]
        alone = data[: reel.init_length] + part
        with av.open(io.BytesIO(alone), "r", format="mp4") as container:
            frames = list(container.decode(video=0))
        assert len(frames) == round(segment.duration * 10)
        assert frames[0].key_frame


def test_what_was_sent_of_a_growing_clip_stays_true(
    films: tuple[Path, Path, Path],
) -> None:
    """Closed or repaired after a crash, it has the same bytes at the same offsets."""
    growing, closed, repaired = films
    early, data = reel_of(growing, whole=False)
    assert len(early.segments) >= 3

    for path in (closed, repaired):
        late, same = reel_of(path)
        assert late.init_length == early.init_length
        assert late.segments[: len(early.segments)] == early.segments
        for segment in early.segments:
            place = slice(segment.offset, segment.offset + segment.length)
            assert bodies(same[place]) == bodies(data[place])


def bodies(segment: bytes) -> bytes:
    """Return a segment's pictures and sounds."""
    (length,) = struct.unpack_from(">I", segment)
    assert segment[length + 4 : length + 8] == b"mdat"
    return segment[length:]


def test_a_clip_is_read_on_as_it_grows(
    films: tuple[Path, Path, Path], tmp_path: Path
) -> None:
    """Whenever one looks, up to its closing."""
    _, closed, _ = films
    grown = films[0].read_bytes()
    _, data = reel_of(closed)
    path, reel = tmp_path / "clip.mp4.part", Reel()
    chance = random.Random(7)
    ends = sorted(chance.sample(range(len(grown)), 40))
    for end in [*ends, len(grown)]:
        path.write_bytes(grown[:end])
        with path.open("rb") as file:
            reel.update(file, whole=False)
            for segment in reel.segments:
                assert bodies(reel.read(file, segment.offset, segment.length)) == (
                    bodies(data[segment.offset : segment.offset + segment.length])
                )
    path.write_bytes(closed.read_bytes())
    with path.open("rb") as file:
        # The index at the end is read as what follows the last fragment.
        reel.update(file, whole=True)
        assert shown(reel.read(file, 0, 1 << 40)) == shown(data)
    assert reel.whole


def test_any_range_is_the_same_as_of_the_whole(films: tuple[Path, Path, Path]) -> None:
    """Players ask for what they like."""
    _, closed, _ = films
    reel, data = reel_of(closed)
    chance = random.Random(1)
    with closed.open("rb") as file:
        for _ in range(300):
            start, length = chance.randrange(len(data)), chance.randrange(20_000)
            assert reel.read(file, start, length) == data[start : start + length]
        assert reel.read(file, len(data), 10) == b""


def test_other_fragments_and_reordered_pictures_are_understood(tmp_path: Path) -> None:
    """Relative offsets, an empty index first, pictures that need later ones."""
    for number, flags in enumerate(
        ("", "faststart", "frag_keyframe+empty_moov+default_base_moof", "frag_keyframe")
    ):
        path = tmp_path / f"{number}.mp4"
        options = {"movflags": flags} if flags else {}
        with av.open(str(path), "w", options=options) as container:
            stream: VideoStream = container.add_stream(
                "libx264", 10, options={"bf": "2", "g": "20"}
            )
            stream.width, stream.height, stream.pix_fmt = 64, 48, "yuv420p"
            for index in range(60):
                frame = av.VideoFrame(64, 48, "yuv420p")
                for plane in frame.planes:
                    plane.update(bytes([index * 3 % 256]) * plane.buffer_size)
                frame.pts = index
                container.mux(stream.encode(frame))
            container.mux(stream.encode(None))
        _, data = reel_of(path)
        found, expected = shown(data), shown(path.read_bytes())
        assert [packet for _, packet in found] == [packet for _, packet in expected]
        # FFmpeg adds to all times what one composition shift is negative by.
        late = found[0][0] - expected[0][0]
        assert [time - late for time, _ in found] == pytest.approx(
            [time for time, _ in expected], abs=0.001
        )


@pytest.mark.parametrize("garbage", [b"", bytes(100), b"\0\0\0\x08ftyp", b"x" * 999])
def test_what_is_no_clip_has_no_segments(tmp_path: Path, garbage: bytes) -> None:
    """Or is refused, in one way."""
    path = tmp_path / "x.mp4"
    path.write_bytes(garbage)
    try:
        reel, _ = reel_of(path)
    except BoxError:
        return
    assert reel.segments == ()


MODEL = video(3.0)


@pytest.fixture(scope="module")
def model(tmp_path_factory: pytest.TempPathFactory) -> list[bytes]:
    """Return a growing and a closed clip to damage."""
    folder = tmp_path_factory.mktemp("model")
    closed, growing = folder / "a.mp4", folder / "b.mp4"
    write_film(closed, *MODEL, copy_before_close=growing)
    return [closed.read_bytes(), growing.read_bytes()]


@settings(max_examples=300)
@given(data=st.data())
def test_damage_never_does_harm(model: list[bytes], data: st.DataObject) -> None:
    """Cut or with any bytes changed: BoxError, or a reel of bytes that are there."""
    content = bytearray(data.draw(st.sampled_from(model)))
    boxes = [content.find(kind) for kind in (b"moov", b"moof", b"trun", b"stsz")]
    for _ in range(data.draw(st.integers(0, 6))):
        near = data.draw(st.sampled_from([at for at in boxes if at > 0] or [0]))
        at = near + data.draw(st.integers(-8, 400))
        if 0 <= at < len(content):
            content[at] = data.draw(st.integers(0, 255))
    end = data.draw(st.integers(0, len(content)))
    damaged = io.BytesIO(bytes(content[:end]))
    reel = Reel()
    try:
        reel.update(damaged, whole=data.draw(st.booleans()))
        length = len(reel.read(damaged, 0, 4_000_000))
    except BoxError, OSError:
        return
    assert length == min(reel.size, 4_000_000)


def test_a_film_tells_where_its_samples_are(films: tuple[Path, Path, Path]) -> None:
    """In the file as it is."""
    _, closed, _ = films
    film = Film()
    with closed.open("rb") as file:
        film.read_on(file)
    content = closed.read_bytes()
    track = next(track for track in film.tracks if track.is_video)
    packets = [packet for _, packet in shown(content)]
    assert len(track.sizes) == len(packets)
    for offset, size, packet in zip(track.offsets, track.sizes, packets, strict=True):
        assert content[offset : offset + size] == packet
    keys = [index for index, key in enumerate(track.keys) if key]
    assert keys == list(range(0, 120, 10))
    assert bisect_right(track.times, track.end) == len(track.times)
