"""What hurts in measured streams, and what would cure it."""

from dataclasses import replace

import pytest

from custom_components.hearthcam.engine.protocol import (
    Measured,
    Profile,
    StreamError,
    StreamInfo,
)
from custom_components.hearthcam.onvif import MediaProfile
from custom_components.hearthcam.stream_advice import (
    Candidate,
    Cure,
    Finding,
    Hurt,
    candidates_of,
    cure,
    findings,
    propose,
)
from custom_components.hearthcam.stream_report import plain

FINE = Measured(4.0, 15.0, 4000.0, 2.0, gop_complete=True, second_connection=True)
MAIN = Candidate("m", "main", "h264", StreamInfo("h264", 2560, 1440, 15.0), FINE)
SUB = Candidate(
    "s", "sub", "h264", StreamInfo("h264", 640, 360, 10.0), replace(FINE, fps=10.0)
)
GOP = {"gop": 10.0, "gop_complete": False}
SMART = {"gop": 8.0, "irregular_gop": True}


def measured(candidate: Candidate, **changed: object) -> Candidate:
    """Return a stream of which other things were measured."""
    assert candidate.measured is not None
    return replace(candidate, measured=replace(candidate.measured, **changed))  # type: ignore[arg-type]  # by name


def of_size(candidate: Candidate, codec: str, width: int, height: int) -> Candidate:
    """Return a stream of another codec and size."""
    return replace(candidate, info=StreamInfo(codec, width, height, 15.0))


def test_good_camera_has_nothing_that_hurts() -> None:
    assert findings(MAIN, SUB, 3.0) == ()
    assert cure(Profile.MAIN, MAIN, h264=True) is None
    assert cure(Profile.SUB, SUB) is None


@pytest.mark.parametrize(
    ("main", "sub", "clock", "found"),
    [
        (measured(MAIN, **GOP), SUB, None, [(Hurt.LONG_GOP, Profile.MAIN, 10.0)]),
        (MAIN, measured(SUB, **GOP), None, [(Hurt.LONG_GOP, Profile.SUB, 10.0)]),
        (measured(MAIN, gop=4.0), SUB, None, []),
        (
            measured(MAIN, **SMART),
            SUB,
            None,
            [(Hurt.SMART_CODEC, Profile.MAIN, 8.0)],
        ),
        (MAIN, measured(SUB, fps=30.0), None, [(Hurt.FAST_SUB, Profile.SUB, 30.0)]),
        (MAIN, measured(SUB, fps=15.2), None, []),
        (MAIN, None, None, [(Hurt.NO_SUB, None, None)]),
        (of_size(MAIN, "h264", 640, 480), None, None, []),
        (
            MAIN,
            of_size(SUB, "h264", 1920, 1080),
            None,
            [(Hurt.BIG_SUB, Profile.SUB, None)],
        ),
        (
            of_size(MAIN, "hevc", 2560, 1440),
            SUB,
            None,
            [(Hurt.H265, Profile.MAIN, None)],
        ),
        (MAIN, of_size(SUB, "hevc", 640, 360), None, []),
        (
            replace(MAIN, codec="mjpeg"),
            SUB,
            None,
            [(Hurt.JPEG, Profile.MAIN, None)],
        ),
        (
            measured(MAIN, second_connection=False),
            SUB,
            None,
            [(Hurt.ONE_VIEWER, Profile.MAIN, None)],
        ),
        (MAIN, SUB, -3600.0, [(Hurt.CLOCK, None, -3600.0)]),
        (None, None, 61.0, [(Hurt.CLOCK, None, 61.0)]),
    ],
)
def test_what_hurts_is_found(
    main: Candidate | None,
    sub: Candidate | None,
    clock: float | None,
    found: list[tuple[Hurt, Profile | None, float | None]],
) -> None:
    if main is None:
        assert findings(main, sub, clock)[-1] == Finding(*found[0])
    else:
        assert findings(main, sub, clock) == tuple(Finding(*one) for one in found)


def test_stream_that_did_not_open_is_not_judged() -> None:
    closed = Candidate("m", "main", "h265", error=StreamError.TIMEOUT)
    assert cure(Profile.MAIN, closed, h264=True) is None
    assert not {Hurt.LONG_GOP, Hurt.SMART_CODEC} & {
        one.hurt for one in findings(closed, SUB)
    }


def test_only_what_hurts_is_cured() -> None:
    assert cure(Profile.MAIN, measured(MAIN, **GOP)) == Cure(gop=2.0)
    assert cure(Profile.SUB, measured(SUB, fps=30.0)) == Cure(fps=10.0)
    # 30 frames a second of what is recorded are somebody's wish.
    assert cure(Profile.MAIN, measured(MAIN, fps=30.0)) is None
    small = of_size(MAIN, "hevc", 2560, 1440)
    assert cure(Profile.MAIN, small) is None
    assert cure(Profile.MAIN, small, h264=True) == Cure(codec="h264")
    assert cure(Profile.MAIN, replace(measured(MAIN, **GOP), codec="mjpeg")) is None


def profile(token: str, width: int, codec: str = "h264", **more: str) -> MediaProfile:
    """Return a declared profile."""
    return MediaProfile(token, token, codec, width, width * 9 // 16, **more)  # type: ignore[arg-type]  # by name


def test_measured_size_counts_more_than_the_declared_one() -> None:
    """Cameras name sizes that they do not send."""
    profiles = [profile("s", 3840), profile("m", 640), profile("dead", 1920)]
    seen = {
        "m": MAIN,
        "s": SUB,
        "dead": Candidate("dead", "", "h264", error=StreamError.NOT_FOUND),
    }
    choice = propose(profiles, seen, "s")
    assert choice is not None
    assert choice.main.token == "m"
    assert choice.sub is not None
    assert choice.sub.token == "s"
    assert propose(profiles, {}, "s") is None


def test_few_streams_of_one_source_are_looked_at_the_proposed_first() -> None:
    profiles = [profile(f"other{n}", 1000 - n, source="1") for n in range(5)]
    profiles += [profile("sub", 640, source="1"), profile("main", 1920, source="1")]
    profiles += [profile("jpeg", 800, "mjpeg", source="1")]
    profiles += [profile("channel2", 1920, source="2")]
    tokens = [one.token for one in candidates_of(profiles, "main", "sub")]
    assert tokens == ["main", "sub", "other0", "other1"]


def test_entry_keeps_the_codec_that_the_camera_sends() -> None:
    data = of_size(MAIN, "hevc", 640, 360).as_data()
    assert data is not None
    assert data["codec"] == "h265"
    assert data["gop"] == 2.0
    assert "url" not in data
    assert Candidate("m", "main").as_data() is None


def test_names_from_the_camera_hold_no_markdown() -> None:
    hostile = "a|b [x](http://evil) <img src=x>\n# **h**" + "x" * 100
    cleaned = plain(hostile)
    assert len(cleaned) == 40
    assert not set(cleaned) & set("|[]()<>*#\n")
    assert "://" not in cleaned
