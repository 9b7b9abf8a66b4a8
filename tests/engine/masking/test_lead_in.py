"""A picture that stands still where there is no past to begin with."""

import io
from itertools import pairwise

import av
import numpy as np
import pytest

from custom_components.hearthcam.engine.audio import AudioTrack
from custom_components.hearthcam.engine.masking.lead_in import SECONDS, lead_in
from custom_components.hearthcam.engine.masking.shown import ShownPacket
from custom_components.hearthcam.engine.mux import Muxer
from custom_components.hearthcam.engine.packet import TIME_BASE, AudioParameters, Packet
from tests.engine.watching import film


def shown(seconds: float) -> list[ShownPacket]:
    """Return the beginning of a film with a keyframe each second."""
    return [ShownPacket.of(packet) for packet in film()[1][: round(seconds * 10)]]


def test_the_first_picture_stands_still_before_a_short_past() -> None:
    burst = shown(0.5)
    pictures = lead_in(burst, None)
    assert len(pictures) == SECONDS
    assert {packet.data for packet in pictures} == {burst[0].data}
    assert all(packet.is_keyframe for packet in pictures)
    whole = [*pictures, burst[0]]
    assert {b.dts - a.dts for a, b in pairwise(whole)} == {TIME_BASE}
    assert {b.pts - a.pts for a, b in pairwise(whole)} == {TIME_BASE}


def test_a_long_past_needs_none() -> None:
    """One that lasts for a whole segment, with a keyframe behind it."""
    assert lead_in(shown(5.8), None)
    assert not lead_in(shown(6.2), None)


@pytest.mark.parametrize("codec", ["aac", "pcm_alaw", "pcm_mulaw"])
@pytest.mark.parametrize("channels", [1, 2])
def test_a_film_with_sound_begins_silent(codec: str, channels: int) -> None:
    """Its track of sound is as long as the pictures, and can be decoded."""
    video, _ = film()
    audio = AudioParameters(codec, 8000, channels, b"")
    burst = shown(0.5)
    packets = lead_in(burst, audio) + burst
    assert [packet.dts for packet in packets] == sorted(p.dts for p in packets)
    output = io.BytesIO()
    muxer = Muxer(output, "mpegts", packets[0], video, audio, options={})
    for packet in packets:
        muxer.write(packet)
    muxer.close()
    output.seek(0)
    with av.open(output, "r", format="mpegts") as container:
        heard = list(container.decode(audio=0))
    lasts = sum(frame.samples for frame in heard) / heard[0].sample_rate
    assert heard[0].layout.nb_channels == channels
    assert SECONDS - 0.5 < lasts <= SECONDS + 0.2
    assert max(np.abs(frame.to_ndarray()).max() for frame in heard) < 0.001


def test_sound_that_cannot_be_silent_has_no_lead_in() -> None:
    """A track without its beginning is not played at all."""
    burst = shown(0.5)
    assert not lead_in(burst, AudioParameters("g722", 16000, 1, b""))
    assert not lead_in(burst, AudioParameters("aac", 16000, 6, b""))
    # The camera sends another rate than it said.
    told, sent = (AudioParameters("pcm_alaw", rate, 1, b"") for rate in (8000, 16000))
    track = AudioTrack(sent)
    aac: list[ShownPacket] = []
    for number in range(8):
        time = burst[0].pts + number * 64_000
        packet = Packet(b"\xd5" * 1024, time, time, 64_000, True, is_audio=True)
        aac += [
            ShownPacket.of(one)
            for one in track.convert(packet)
            if isinstance(one, Packet)
        ]
    assert aac
    as_told = AudioParameters("aac", sent.sample_rate, 1, b"")
    assert lead_in([*burst, *aac], as_told)
    assert not lead_in([*burst, *aac], AudioParameters("aac", told.sample_rate, 1, b""))
