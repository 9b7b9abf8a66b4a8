"""From events to clips: no gap, no frame twice, and an account of what is missing."""

from collections.abc import Iterator
from dataclasses import replace
from itertools import pairwise
import json
from pathlib import Path
from threading import Thread
from typing import Any

import av
import pytest

from custom_components.hearthcam.engine.mux import Muxer, MuxError
from custom_components.hearthcam.engine.packet import (
    TIME_BASE,
    AudioParameters,
    Compressed,
    Packet,
)
from custom_components.hearthcam.engine.protocol import (
    ClipFailed,
    ClipOpened,
    Lost,
    LostCause,
)

from .recording import ZERO, Bench, tenths, times
from .samples import video


@pytest.fixture
def bench(tmp_path: Path) -> Iterator[Bench]:
    """Return a recorder that knows its stream."""
    made = Bench(tmp_path)
    made.recorder.parameters(video()[0], None)
    yield made
    made.close()


def test_clip_begins_at_the_keyframe_before_the_pre_roll(bench: Bench) -> None:
    """And ends the post-roll after the last motion, with every frame between."""
    packets = list(video(10.0)[1])
    bench.feed(packets[:55])
    bench.begin("EVENT0001", ZERO + 4.5)
    bench.feed(packets[55:60])
    bench.recorder.end("EVENT0001", ZERO + 5.7, ZERO + 5.0, 0.9)
    bench.feed(packets[60:])
    (clip,) = bench.closed()
    assert times(clip) == tenths(2.0, 6.7)
    assert clip.event_start == ZERO + 4.5
    assert clip.score == 0.9
    assert not bench.recorder.recording


def test_motion_while_a_clip_is_open_extends_it(bench: Bench) -> None:
    """No blind time: one clip, not two with seconds between."""
    packets = list(video(10.0)[1])
    bench.feed(packets[:30])
    bench.begin("EVENT0001", ZERO + 2.5)
    bench.recorder.end("EVENT0001", ZERO + 3.0, ZERO + 3.0, 0.5)
    bench.feed(packets[30:38])
    bench.begin("EVENT0002", ZERO + 3.6)
    bench.feed(packets[38:80])
    bench.recorder.end("EVENT0002", ZERO + 7.9, ZERO + 7.0, 0.5)
    bench.feed(packets[80:])
    (clip,) = bench.closed()
    assert times(clip) == tenths(0.0, 8.9)
    assert len(bench.of(ClipOpened)) == 1


def test_long_event_goes_on_in_a_next_clip_without_a_lost_frame(
    tmp_path: Path,
) -> None:
    """Each clip can be played alone; together they hold every frame once."""
    bench = Bench(tmp_path, max_clip=3.0)
    parameters, packets = video(10.0)
    bench.recorder.parameters(parameters, None)
    bench.feed(list(packets[:20]))
    bench.begin("EVENT0001", ZERO + 1.5)
    bench.feed(list(packets[20:]))
    clips = sorted(bench.closed(), key=lambda clip: clip.start)
    assert len(clips) == 4
    assert [time for clip in clips for time in times(clip)] == tenths(0.0, 9.9)
    assert {clip.event_id for clip in clips} == {"EVENT0001"}


def test_broken_stream_ends_the_clip_and_is_accounted_for(bench: Bench) -> None:
    """What came before is whole at once; the event goes on in a second clip."""
    packets = list(video(10.0)[1])
    bench.feed(packets[:40])
    bench.begin("EVENT0001", ZERO + 3.5)
    bench.recorder.interrupted()
    bench.feed(packets[60:])
    bench.recorder.end("EVENT0001", ZERO + 8.0, ZERO + 8.0, 0.5)
    first, second = sorted(bench.closed(), key=lambda clip: clip.start)
    assert times(first) == tenths(1.0, 3.9)
    assert times(second)[0] == 6.0
    (lost,) = bench.of(Lost)
    assert lost == Lost("test", ZERO + 3.9, ZERO + 6.0, LostCause.OFFLINE)


def test_other_picture_size_starts_another_clip(bench: Bench) -> None:
    """One MP4 cannot hold two; a player would show garbage."""
    packets = list(video(4.0)[1])
    parameters, small = video(4.0, width=160, height=96)
    bench.feed(packets)
    bench.begin("EVENT0001", ZERO + 2.5)
    bench.recorder.parameters(parameters, None)
    bench.ring.clear()
    bench.feed([replace(p, pts=p.pts + 4 * TIME_BASE) for p in small])
    first, second = sorted(bench.closed(), key=lambda clip: clip.start)
    assert (first.width, second.width) == (320, 160)
    assert len(times(second)) == 40


def test_cancelled_recording_is_finished_at_once(bench: Bench) -> None:
    """Mode off keeps what was recorded so far."""
    packets = list(video(8.0)[1])
    bench.feed(packets[:40])
    bench.begin("EVENT0001", ZERO + 3.5)
    bench.recorder.cancel()
    bench.feed(packets[40:])
    (clip,) = bench.closed()
    assert times(clip) == tenths(1.0, 3.9)


@pytest.mark.parametrize("record_audio", [True, False])
def test_telephone_sound_becomes_aac_or_is_left_out(
    tmp_path: Path, record_audio: bool
) -> None:
    """G.711 cannot be in an MP4; recording sound is the user's choice."""
    bench = Bench(tmp_path, record_audio=record_audio)
    parameters, packets = video(6.0)
    bench.recorder.parameters(parameters, AudioParameters("pcm_mulaw", 8000, 1, b""))
    mixed: list[Packet] = []
    for packet in packets:
        mixed.append(packet)
        for index in range(5):
            at = packet.pts + index * TIME_BASE // 50
            mixed.append(Packet(b"\xff" * 160, at, at, TIME_BASE // 50, True, True))
    bench.feed(mixed[:120])
    bench.begin("EVENT0001", ZERO + 1.0)
    bench.feed(mixed[120:])
    (clip,) = bench.closed()
    assert clip.has_audio is record_audio
    with av.open(clip.path) as container:
        if record_audio:
            audio = container.streams.audio[0]
            assert audio.codec_context.name == "aac"
            samples = sum(frame.samples for frame in container.decode(audio))
            assert samples / 8000 == pytest.approx(clip.end - clip.start, abs=0.5)
        else:
            assert not container.streams.audio


def test_stream_that_ffmpeg_cannot_write_is_tried_again_at_the_next_gop(
    bench: Bench, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Another folder would be no use; what is lost is told."""
    good = Muxer.__init__

    def bad(self: Muxer, *arguments: object, **options: object) -> None:
        raise MuxError("ValueError")

    monkeypatch.setattr(Muxer, "__init__", bad)
    packets = list(video(10.0)[1])
    bench.feed(packets[:30])
    bench.begin("EVENT0001", ZERO + 2.5)
    for writer in tuple(bench.recorder._clips._writers):
        assert writer.join(20)
    monkeypatch.setattr(Muxer, "__init__", good)
    bench.feed(packets[30:])
    (clip,) = bench.closed()
    assert times(clip) == tenths(3.0, 9.9)
    (lost,) = bench.of(Lost)
    assert lost == Lost("test", ZERO, ZERO + 3.0, LostCause.STORAGE_ERROR)
    assert not bench.of(ClipFailed)


def test_packet_that_ffmpeg_refuses_is_left_out(
    bench: Bench, monkeypatch: pytest.MonkeyPatch
) -> None:
    """One broken frame must not end a clip."""
    good = Muxer._mux
    packets = list(video(10.0)[1])

    def picky(self: Muxer, packet: Compressed, *arguments: Any) -> None:
        if packet.pts == packets[55].pts:
            raise MuxError("InvalidDataError")
        good(self, packet, *arguments)

    monkeypatch.setattr(Muxer, "_mux", picky)
    bench.feed(packets[:50])
    bench.begin("EVENT0001", ZERO + 4.5)
    bench.feed(packets[50:])
    (clip,) = bench.closed()
    assert len(times(clip)) == 79


def test_clip_carries_what_the_library_is_rebuilt_from(bench: Bench) -> None:
    """Camera, event and start are in the file itself."""
    packets = list(video(8.0)[1])
    bench.feed(packets[:50])
    bench.begin("EVENT0001", ZERO + 4.5)
    bench.feed(packets[50:])
    (clip,) = bench.closed()
    with av.open(clip.path) as container:
        tag = json.loads(container.metadata["comment"])
    assert tag["start"] == clip.start
    assert tag["event"] == "EVENT0001"


def test_no_two_packets_share_a_place(bench: Bench) -> None:
    """An event that begins in another thread, between ring and recorder."""
    packets = list(video(10.0)[1])
    bench.feed(packets[:40])
    starter = Thread(target=bench.begin, args=("EVENT0001", ZERO + 3.5))
    starter.start()
    starter.join()
    bench.feed(packets[40:])
    (clip,) = bench.closed()
    assert all(b > a for a, b in pairwise(times(clip)))


def test_clip_is_a_file_that_nobody_can_run(bench: Bench) -> None:
    """It may lie on a share, where others see it."""
    packets = list(video(8.0)[1])
    bench.feed(packets[:20])
    bench.begin("EVENT0001", ZERO + 1.0)
    bench.feed(packets[20:])
    (clip,) = bench.closed()
    assert not Path(clip.path).stat().st_mode & 0o111
