"""Main is the largest stream, sub the one that is best to analyse."""

from hypothesis import given, strategies as st

from custom_components.hearthcam.onvif.choice import choose_streams
from custom_components.hearthcam.onvif.models import MediaProfile


def profile(
    token: str, width: int | None, height: int | None, codec: str | None = "h264"
) -> MediaProfile:
    """Return a profile of the only source."""
    return MediaProfile(token, token, codec, width, height, source="vs")


MAIN = profile("main", 2560, 1440)
SUB = profile("sub", 640, 360)


def chosen(*profiles: MediaProfile) -> tuple[str, str | None] | None:
    """Return the tokens of the choice."""
    choice = choose_streams(profiles)
    if choice is None:
        return None
    return choice.main.token, choice.sub.token if choice.sub else None


def test_largest_is_main_and_360p_is_sub() -> None:
    middle = profile("middle", 1280, 720)
    tiny = profile("tiny", 160, 90)
    assert chosen(SUB, tiny, MAIN, middle) == ("main", "sub")


def test_order_of_the_camera_decides_between_equals() -> None:
    assert chosen(MAIN, profile("again", 2560, 1440), SUB) == ("main", "sub")
    assert chosen(MAIN, SUB, profile("third", 640, 360)) == ("main", "sub")


def test_sub_is_h264_where_there_is_one() -> None:
    hevc = profile("hevc", 640, 360, "h265")
    assert chosen(MAIN, hevc, profile("vga", 704, 576)) == ("main", "vga")
    assert chosen(MAIN, hevc) == ("main", "hevc")


def test_too_small_or_equal_streams_are_no_sub() -> None:
    assert chosen(MAIN, profile("tiny", 176, 144)) == ("main", None)
    assert chosen(MAIN, profile("same", 2560, 1440)) == ("main", None)
    assert chosen(MAIN, profile("unknown", None, None)) == ("main", None)
    assert chosen(MAIN) == ("main", None)


def test_mjpeg_is_only_taken_when_there_is_nothing_else() -> None:
    jpeg = profile("jpeg", 3840, 2160, "mjpeg")
    assert chosen(jpeg, MAIN, SUB) == ("main", "sub")
    assert chosen(jpeg) == ("jpeg", None)


def test_without_video_there_is_no_choice() -> None:
    assert chosen() is None
    assert chosen(profile("audio", None, None, None)) is None


def test_channels_of_a_recorder_are_not_mixed() -> None:
    other = MediaProfile("other", "other", "h264", 3840, 2160, source="vs2")
    assert chosen(MAIN, other, SUB) == ("main", "sub")
    choice = choose_streams([MAIN, other, SUB], source="vs2")
    assert choice is not None
    assert (choice.main.token, choice.sub) == ("other", None)


@given(
    st.lists(
        st.builds(
            profile,
            st.text(max_size=3),
            st.none() | st.integers(0, 9999),
            st.none() | st.integers(0, 9999),
            st.sampled_from(["h264", "h265", "mjpeg", "x", None]),
        )
    )
)
def test_any_profiles_give_a_choice_or_none(profiles: list[MediaProfile]) -> None:
    choice = choose_streams(profiles)
    assert (choice is None) == all(p.codec is None for p in profiles)
