"""Hardware is used once it has proven itself, and never trusted before.

No test has seen a real hardware encoder: these are libx264 in disguise.
"""

from fractions import Fraction
import threading

import pytest

from custom_components.hearthcam.engine.masking.coding import Settings
from custom_components.hearthcam.engine.masking.encoders import (
    Encoders,
    Kind,
    available,
)
from custom_components.hearthcam.engine.masking.mask import MaskError
from custom_components.hearthcam.engine.masking.veil import open_veil
from custom_components.hearthcam.engine.parts import BlockCause

from .fakes import (
    Absent,
    Breaks,
    Hangs,
    Honest,
    Late,
    Lies,
    Loses,
    Shop,
    Stubborn,
    Swaps,
    choice,
    software,
)
from .moving import MASK, film
from .test_veil import leaks, through

SMALL = Settings(192, 108, Fraction(10))


def test_hardware_is_used_after_it_has_proven_itself() -> None:
    encoders = choice(Shop(Honest))
    assert encoders.open(SMALL).name == "libx264"
    encoders.settle()
    assert encoders.open(SMALL).name == "fake"


@pytest.mark.parametrize("kind", [Lies, Loses, Swaps, Stubborn, Absent])
def test_hardware_that_does_something_else_is_never_used(kind: type[Honest]) -> None:
    encoders = choice(Shop(kind))
    encoders.open(SMALL)
    encoders.settle()
    assert encoders.open(SMALL).name == "libx264"


def test_hardware_that_hangs_keeps_nobody_waiting() -> None:
    encoders = choice(Shop(Hangs), patience=0.05)
    before = set(threading.enumerate())
    encoders.open(SMALL)
    try:
        encoders.settle()
        assert encoders.open(SMALL).name == "libx264"
    finally:
        Hangs.released.set()
        for thread in set(threading.enumerate()) - before:
            thread.join()


def test_each_size_is_proven_once() -> None:
    shop = Shop(Honest)
    encoders = choice(shop)
    for settings in (SMALL, Settings(64, 48, Fraction(10))) * 2:
        encoders.open(settings)
        encoders.settle()
    # A trial of each, and the second time round the encoders themselves.
    assert shop.sold == 4


def test_more_streams_than_the_hardware_takes_go_to_software() -> None:
    encoders = choice(Shop(Honest, most=2))
    encoders.open(SMALL)
    encoders.settle()
    assert encoders.open(SMALL).name == "fake"
    assert encoders.open(SMALL).name == "libx264"


def test_hardware_alone_is_waited_for() -> None:
    assert choice(Shop(Honest), with_software=False).open(SMALL).name == "fake"


@pytest.mark.parametrize("kind", [Absent, Lies])
def test_without_any_encoder_nothing_is_shown(kind: type[Honest]) -> None:
    video, packets = film()
    veil = open_veil(video, MASK, encoders=choice(Shop(kind), with_software=False))
    with pytest.raises(MaskError) as raised:
        veil.show(packets[0])
    assert raised.value.cause is BlockCause.NO_ENCODER
    with pytest.raises(MaskError):
        veil.show(packets[1])


def test_there_may_be_none_at_all() -> None:
    with pytest.raises(MaskError) as raised:
        Encoders().open(SMALL)
    assert raised.value.cause is BlockCause.NO_ENCODER


def test_software_is_here() -> None:
    assert available().open(SMALL).extradata


def test_pictures_that_come_late_have_their_own_times() -> None:
    video, packets = film()
    encoders = choice(Shop(Late), with_software=False)
    shown = through(open_veil(video, MASK, encoders=encoders), packets)
    assert [one.pts for one in shown] == [packet.pts for packet in packets]
    assert [one.is_keyframe for one in shown] == [p.is_keyframe for p in packets]
    assert leaks(shown) == 0


def test_hardware_that_fails_at_work_is_not_used_again() -> None:
    video, packets = film()
    encoders = choice(Shop(Breaks))
    encoders.open(SMALL)
    encoders.settle()
    veil = open_veil(video, MASK, encoders=encoders)
    with pytest.raises(MaskError) as raised:
        through(veil, packets)
    assert raised.value.cause is BlockCause.NO_ENCODER
    with pytest.raises(MaskError):
        veil.finish()
    assert len(through(open_veil(video, MASK, encoders=encoders), packets)) == 24


def test_hardware_that_hangs_at_work_is_not_used_again() -> None:
    """Somebody else finds that out: whoever waits for it will never know."""
    now = [0.0]
    encoders = Encoders(
        [Kind("fake", Honest)],
        Kind("libx264", software),
        patience=5.0,
        monotonic=lambda: now[0],
    )
    encoders.open(SMALL)
    encoders.settle()
    assert encoders.open(SMALL).name == "fake"
    with encoders.at_work("fake"):
        now[0] = 5.0
        assert not encoders.distrust_hung()
        assert encoders.open(SMALL).name == "fake"
        now[0] = 5.1
        assert encoders.open(SMALL).name == "libx264"
        assert encoders.distrust_hung()
    assert not encoders.distrust_hung()
    assert encoders.open(SMALL).name == "libx264"
    with encoders.at_work("libx264"):
        now[0] = 60.0
        assert not encoders.distrust_hung()
