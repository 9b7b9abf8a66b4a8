"""All cameras within a budget, nobody starved, everybody free again when it is quiet."""

from hypothesis import given, settings, strategies as st
import pytest

from custom_components.hearthcam.engine.governor import Governor, Load, default_budget
from custom_components.hearthcam.engine.pace import Pace

REST, BUSY = 0.005, 0.04


class Cameras:
    """Cameras whose analysis costs what their pace lets it, on a clock of its own."""

    def __init__(self, governor: Governor, count: int) -> None:
        """Begin with all of them at rest."""
        self.governor = governor
        self.now = 0.0
        self.busy: set[str] = set()
        self.moving: set[str] = set()
        self.spent = {f"c{number:02}": 0.0 for number in range(count)}
        self.paces: dict[str, Pace] = dict.fromkeys(self.spent, Pace.FULL)
        self.history: list[dict[str, Pace]] = []

    def cost(self, name: str) -> float:
        """Return the share of a core that a camera takes now."""
        if name not in self.busy | self.moving:
            return REST
        return max(BUSY * self.paces[name].cost, REST)

    @property
    def total(self) -> float:
        """The share of a core that all take."""
        return sum(map(self.cost, self.spent))

    def run(self, seconds: int) -> None:
        """Let time pass, a second at a time."""
        for _ in range(seconds):
            self.now += 1.0
            loads = {}
            for name in self.spent:
                self.spent[name] += self.cost(name)
                busy = name in self.busy | self.moving
                awake = busy and self.paces[name] is not Pace.KEYFRAMES
                loads[name] = Load(self.spent[name], awake, name in self.moving)
            self.paces = self.governor.update(self.now, loads)
            self.history.append(self.paces)


def test_below_the_budget_nobody_is_slowed() -> None:
    cameras = Cameras(Governor(0.6), 16)
    cameras.busy = set(list(cameras.spent)[:8])
    cameras.run(60)
    assert set(cameras.paces.values()) == {Pace.FULL}
    assert cameras.governor.used == pytest.approx(8 * BUSY + 8 * REST, rel=0.05)


def test_above_it_all_together_come_to_fit() -> None:
    cameras = Cameras(Governor(0.4), 16)
    cameras.busy = set(cameras.spent)
    cameras.run(60)
    assert cameras.total <= 0.4
    assert cameras.governor.pace > Pace.FULL


def test_where_nothing_moves_is_slowed_first() -> None:
    cameras = Cameras(Governor(0.4), 16)
    cameras.busy = set(list(cameras.spent)[:12])
    cameras.moving = set(list(cameras.spent)[12:])
    cameras.run(60)
    assert cameras.total <= 0.4
    assert {cameras.paces[name] for name in cameras.moving} == {Pace.FULL}


def test_cameras_of_one_kind_are_never_two_steps_apart() -> None:
    cameras = Cameras(Governor(0.3), 16)
    cameras.busy = set(cameras.spent)
    cameras.run(90)
    for paces in cameras.history:
        assert max(paces.values()) - min(paces.values()) <= 1


def test_everybody_is_free_again_when_the_load_falls() -> None:
    cameras = Cameras(Governor(0.3), 16)
    cameras.moving = set(cameras.spent)
    cameras.run(60)
    assert cameras.governor.pace > Pace.FULL
    cameras.moving = set()
    cameras.run(240)
    assert set(cameras.paces.values()) == {Pace.FULL}


def test_a_steady_load_is_left_alone_after_a_while() -> None:
    """No swinging between too much and too little."""
    cameras = Cameras(Governor(0.4), 16)
    cameras.moving = set(cameras.spent)
    cameras.run(120)
    settled = cameras.history[-1]
    cameras.run(120)
    changes = sum(
        before != after
        for before, after in zip(
            cameras.history[120:], cameras.history[121:], strict=False
        )
    )
    assert changes <= 4, settled


@given(
    budget=st.floats(0.02, 1.0),
    scripts=st.lists(
        st.tuples(st.integers(0, 255), st.integers(0, 255), st.integers(1, 40)),
        max_size=8,
    ),
)
@settings(max_examples=40, deadline=None)
def test_whatever_happens_nobody_gets_less_than_keyframes(
    budget: float, scripts: list[tuple[int, int, int]]
) -> None:
    cameras = Cameras(Governor(budget), 8)
    for busy, moving, seconds in scripts:
        names = list(enumerate(cameras.spent))
        cameras.busy = {name for bit, name in names if busy >> bit & 1}
        cameras.moving = {name for bit, name in names if moving >> bit & 1}
        cameras.run(seconds)
        assert cameras.paces.keys() == cameras.spent.keys()
        assert all(
            Pace.FULL <= pace <= Pace.KEYFRAMES for pace in cameras.paces.values()
        )
    cameras.busy = cameras.moving = set()
    cameras.run(8 * 4 * 6 + 20)
    if 0.5 * budget > 8 * REST:
        assert set(cameras.paces.values()) == {Pace.FULL}


def test_a_camera_that_goes_is_forgotten_and_one_that_returns_begins_anew() -> None:
    governor = Governor(0.1)
    for second in range(20):
        governor.update(second, {"a": Load(second * 0.5, busy=True)})
    assert governor.used_by("a") > 0.1
    assert governor.update(21, {}) == {}
    assert governor.used == 0.0
    assert governor.update(22, {"a": Load(0.0)}) == {"a": Pace.FULL}
    # Its counter fell: another analyst, and no negative use.
    governor.update(23, {"a": Load(5.0)})
    governor.update(24, {"a": Load(0.1)})
    assert governor.used_by("a") >= 0.0


@pytest.mark.parametrize(
    ("cores", "budget"), [(1, 0.3), (2, 0.3), (4, 0.6), (8, 0.9), (64, 0.9)]
)
def test_the_default_budget_leaves_the_machine_to_home_assistant(
    cores: int, budget: float
) -> None:
    assert default_budget(cores) == pytest.approx(budget)
