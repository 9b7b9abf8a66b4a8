"""Streams through the mask: nothing hidden comes out, and nothing else is lost."""

from dataclasses import replace
import io
from itertools import pairwise
import random
from typing import Any

from PIL import Image
import pytest

from custom_components.hearthcam.engine.bitstream import parameter_sets
from custom_components.hearthcam.engine.masking.mask import NOTHING, Mask, MaskError
from custom_components.hearthcam.engine.masking.shown import ShownPacket
from custom_components.hearthcam.engine.masking.veil import Veil, open_veil
from custom_components.hearthcam.engine.packet import Packet
from custom_components.hearthcam.engine.parts import BlockCause
from custom_components.hearthcam.engine.transcode import Transcoder
from tests.engine.films import sound
from tests.engine.samples import START

from .moving import MASK, decoded, film, leaked, pattern, seen, zone

STEP = 100_000


def through(veil: Veil, packets: tuple[Packet, ...]) -> list[ShownPacket]:
    """Return all that comes out."""
    shown = [one for packet in packets for one in veil.show(packet)]
    shown += veil.finish()
    veil.close()
    return shown


def leaks(shown: list[ShownPacket], mask: Mask = MASK, *, black: int = 16) -> int:
    """Return how many hidden pixels can be seen in what came out."""
    pictures = [one for one in shown if not one.is_audio]
    frames = decoded(one.data for one in pictures)
    assert len(frames) == len(pictures)
    assert all(seen(frame) > 1000 for frame in frames)
    return sum(leaked(frame, mask, black=black) for frame in frames)


def test_without_a_mask_packets_pass_untouched() -> None:
    video, packets = film()
    veil = open_veil(video, NOTHING)
    shown = through(veil, packets)
    assert [one.data for one in shown] == [one.data for one in packets]
    assert veil.video is video


@pytest.mark.parametrize(
    "options",
    [
        {},
        {"codec": "hevc"},
        {"b_frames": 3},
        {"codec": "hevc", "b_frames": 2},
        {"codec": "hevc", "pixels": "yuv420p10le"},
        {"pixels": "yuv422p"},
        {"pixels": "yuv444p"},
        {"pixels": "gray"},
    ],
    ids=str,
)
def test_nothing_of_a_zone_comes_out_and_all_else_does(options: dict[str, Any]) -> None:
    video, packets = film(**options)
    veil = open_veil(video, MASK)
    shown = through(veil, packets)
    assert leaks(shown) == 0
    in_order = sorted(packets, key=lambda packet: packet.pts)
    assert [one.pts for one in shown] == [one.pts for one in in_order]
    assert [one.dts for one in shown] == [one.pts for one in shown]
    assert [one.duration for one in shown] == [one.duration for one in in_order]
    assert [one.is_keyframe for one in shown] == [one.is_keyframe for one in in_order]
    assert veil.video.codec == "h264"
    assert (veil.video.width, veil.video.height) == (video.width, video.height)
    sets = parameter_sets("h264", veil.video.extradata)
    assert sets
    assert all(one.data.startswith(sets) for one in shown if one.is_keyframe)


def test_black_of_a_full_range_is_zero_and_the_range_is_kept() -> None:
    video, packets = film(pixels="yuvj420p")
    shown = through(open_veil(video, MASK), packets)
    assert leaks(shown, black=0) == 0
    assert decoded([shown[0].data])[0].color_range == 2


def test_pictures_of_old_cameras_are_masked_as_well() -> None:
    transcoder = Transcoder(192, 108)
    packets = []
    for number in range(6):
        picture = io.BytesIO()
        Image.fromarray(pattern(number, 192, 108)).save(picture, "JPEG")
        packet = transcoder.convert(picture.getvalue(), START + number * STEP)
        assert packet is not None
        packets.append(packet)
    shown = through(open_veil(transcoder.video, MASK), tuple(packets))
    assert leaks(shown) == 0
    assert len(shown) == 6


def test_each_picture_comes_out_of_the_call_that_takes_it() -> None:
    video, packets = film()
    veil = open_veil(video, MASK)
    assert [len(veil.show(packet)) for packet in packets] == [1] * len(packets)
    veil.close()


def test_a_stream_goes_on_in_the_middle_of_a_gop_without_doubling() -> None:
    video, packets = film()
    last = packets[11].pts
    first = through(open_veil(video, MASK), packets[:12])
    second = through(open_veil(video, MASK, after=last), packets[8:])
    assert [one.pts for one in first + second] == [one.pts for one in packets]
    assert second[0].is_keyframe
    assert leaks(second) == 0


def test_reordered_pictures_go_on_without_doubling() -> None:
    video, packets = film(b_frames=3)
    first = through(open_veil(video, MASK), packets[:16])
    second = through(open_veil(video, MASK, after=first[-1].pts), packets[8:])
    together = [one.pts for one in first + second]
    assert together == sorted({packet.pts for packet in packets})


def test_broken_pictures_are_not_shown_and_the_next_ones_are() -> None:
    video, packets = film()
    broken = list(packets)
    broken[3] = replace(packets[3], data=b"\0\0\0\1\x41" + bytes(range(200)))
    broken[5] = replace(packets[5], data=packets[5].data[: len(packets[5].data) // 3])
    shown = through(open_veil(video, MASK), tuple(broken))
    frames = decoded(one.data for one in shown)
    assert len(frames) == len(shown) >= len(packets) - 2
    assert sum(leaked(frame, MASK) for frame in frames) == 0
    assert shown[-1].pts == packets[-1].pts


@pytest.mark.parametrize("codec", ["h264", "hevc"])
@pytest.mark.parametrize("seed", range(4))
def test_nothing_leaks_of_a_damaged_stream(codec: str, seed: int) -> None:
    video, packets = film(codec=codec)
    chance = random.Random(seed)
    damaged = []
    for number, packet in enumerate(packets):
        data = bytearray(packet.data)
        if number and chance.random() < 0.3:
            for _ in range(chance.randint(1, 20)):
                data[chance.randrange(len(data))] ^= 1 << chance.randrange(8)
        if not number or chance.random() < 0.9:
            damaged.append(replace(packet, data=bytes(data)))
    shown = through(open_veil(video, MASK), tuple(damaged))
    frames = decoded(one.data for one in shown)
    assert len(frames) == len(shown) >= 3
    assert sum(leaked(frame, MASK) for frame in frames) == 0


def test_a_lost_keyframe_moves_to_the_next_picture() -> None:
    video, packets = film()
    broken = list(packets)
    broken[8] = replace(packets[8], data=b"\0\0\0\1\x65\xff")
    shown = through(open_veil(video, MASK), tuple(broken))
    keyframes = [(one.pts - START) // STEP for one in shown if one.is_keyframe]
    following = next(one for one in shown if one.pts > packets[8].pts)
    assert following.is_keyframe
    assert keyframes == [0, (following.pts - START) // STEP, 16]


def test_pictures_at_the_same_time_are_told_apart_by_every_container() -> None:
    """As after a new connection; live video would break off at them."""
    video, packets = film(8)
    doubled = list(packets)
    doubled[4] = replace(packets[4], pts=packets[3].pts, dts=packets[3].dts)
    shown = through(open_veil(video, MASK), tuple(doubled))
    assert len(shown) == 8
    assert all(b.dts - a.dts >= 1000 for a, b in pairwise(shown))


def test_a_source_that_changes_its_size_is_scaled() -> None:
    video, packets = film(8)
    _, others = film(8, width=128, height=96)
    later = tuple(
        replace(one, pts=one.pts + 8 * STEP, dts=one.dts + 8 * STEP) for one in others
    )
    shown = through(open_veil(video, MASK), packets + later)
    frames = decoded(one.data for one in shown)
    assert {(frame.width, frame.height) for frame in frames} == {(192, 108)}
    assert len(frames) == 16
    assert sum(leaked(frame, MASK) for frame in frames) == 0


def test_the_pictures_size_counts_not_what_was_told() -> None:
    video, packets = film(8)
    veil = open_veil(replace(video, width=1280, height=720, extradata=b""), MASK)
    assert leaks(through(veil, packets)) == 0
    assert (veil.video.width, veil.video.height) == (192, 108)


def test_sound_passes_untouched_and_in_order() -> None:
    video, packets = film()
    sounds = sound(2.4)
    mixed = tuple(sorted((*packets, *sounds), key=lambda packet: packet.dts))
    shown = through(open_veil(video, MASK), mixed)
    assert not shown[0].is_audio
    assert [one.data for one in shown if one.is_audio] == [one.data for one in sounds]
    assert [one.dts for one in shown] == sorted(one.dts for one in shown)


def test_sound_of_before_is_not_doubled() -> None:
    video, packets = film()
    mixed = tuple(sorted((*packets, *sound(2.4)), key=lambda packet: packet.dts))
    shown = through(open_veil(video, MASK, after=packets[11].pts), mixed)
    assert min(one.pts for one in shown) > packets[11].pts
    assert not shown[0].is_audio


def test_colours_and_the_shape_of_pixels_are_told_on() -> None:
    video, packets = film(4)
    frame = decoded([through(open_veil(video, MASK), packets)[0].data])[0]
    source = decoded([packets[0].data])[0]
    assert frame.colorspace == source.colorspace
    assert frame.color_primaries == source.color_primaries
    assert frame.color_trc == source.color_trc


def test_a_codec_without_decoder_is_undecodable() -> None:
    video, _ = film()
    with pytest.raises(MaskError) as raised:
        open_veil(replace(video, codec="none"), MASK)
    assert raised.value.cause is BlockCause.UNDECODABLE


def test_pictures_that_never_decode_are_undecodable() -> None:
    video, _ = film()
    veil = open_veil(replace(video, extradata=b""), MASK)
    junk = tuple(
        Packet(b"\0\0\0\1\x65\xff", number, number, 1, is_keyframe=True)
        for number in range(1000)
    )
    with pytest.raises(MaskError) as raised:
        through(veil, junk)
    assert raised.value.cause is BlockCause.UNDECODABLE


def test_after_a_failure_nothing_comes_out_any_more() -> None:
    video, packets = film()
    # What is no polygon cannot be painted.
    veil = open_veil(video, Mask((zone((float("nan"), 0.0), (1.0, 1.0), (0.0, 1.0)),)))
    for packet in packets:
        with pytest.raises(MaskError) as raised:
            veil.show(packet)
        assert raised.value.cause is BlockCause.MASK_FAILED
    with pytest.raises(MaskError):
        veil.finish()
    veil.close()
    veil.close()
