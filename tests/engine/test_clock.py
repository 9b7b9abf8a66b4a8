"""Camera time on the engine's clock: monotonic, close, and without jumps."""

from itertools import pairwise

from hypothesis import given, strategies as st

from custom_components.hearthcam.engine.clock import Clock, TimestampMapper
from custom_components.hearthcam.engine.packet import TIME_BASE

NOW = 1_790_000_000 * TIME_BASE
STEP = TIME_BASE // 10


def test_clock_ignores_steps_of_the_wall_clock() -> None:
    """A machine that learns the time late must not tear recordings apart."""
    wall, monotonic = [1000.0], [50.0]
    clock = Clock(lambda: wall[0], lambda: monotonic[0])
    wall[0] += 3600
    monotonic[0] += 2
    assert clock.now() == 1002 * TIME_BASE


def test_step_of_the_wall_clock_is_noticed() -> None:
    """Both ways, and not the time that passed."""
    wall, monotonic = [1000.0], [50.0]
    clock = Clock(lambda: wall[0], lambda: monotonic[0])
    wall[0] += 100
    monotonic[0] += 100
    assert clock.step() == 0
    wall[0] -= 3600
    assert clock.step() == -3600


def test_first_packet_is_now() -> None:
    """Whatever the camera counts from."""
    mapper = TimestampMapper()
    assert mapper.map(123_456, NOW) == NOW
    assert mapper.map(123_456 + STEP, NOW + STEP) == NOW + STEP


@given(
    st.lists(st.integers(min_value=0, max_value=TIME_BASE // 5), max_size=60),
    st.integers(min_value=-(2**40), max_value=2**40),
)
def test_network_jitter_does_not_reach_the_timestamps(
    jitter: list[int], first: int
) -> None:
    """Frames keep the camera's own distances, however unevenly they arrive."""
    mapper = TimestampMapper()
    mapped = [
        mapper.map(first + index * STEP, NOW + index * STEP + late)
        for index, late in enumerate([0, *jitter])
    ]
    assert [b - a for a, b in pairwise(mapped)] == [STEP] * len(jitter)


def test_jump_of_the_cameras_clock_is_mapped_anew() -> None:
    """Forwards and backwards: recordings go on without a hole or an overlap."""
    for jump in (3600 * TIME_BASE, -3600 * TIME_BASE):
        mapper = TimestampMapper()
        last = 0
        for index in range(20):
            stamp = index * STEP + (jump if index >= 10 else 0)
            mapped = mapper.map(stamp, NOW + index * STEP)
            assert mapped > last
            assert abs(mapped - (NOW + index * STEP)) < TIME_BASE
            last = mapped


def test_slow_camera_clock_is_followed() -> None:
    """300 ppm are 26 s a day; the error must stay below a second."""
    mapper = TimestampMapper()
    last = worst = 0
    for index in range(10 * 3600 * 2):
        arrival = NOW + index * STEP
        mapped = mapper.map(int(index * STEP * (1 - 300e-6)), arrival)
        assert mapped > last
        last = mapped
        worst = max(worst, abs(arrival - mapped))
    assert worst < TIME_BASE


def test_new_connection_never_goes_back() -> None:
    """The first frame after a reconnection is later than the last before it."""
    mapper = TimestampMapper(floor=NOW + 5 * TIME_BASE)
    assert mapper.map(0, NOW) > NOW + 5 * TIME_BASE
