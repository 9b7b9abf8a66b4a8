"""The protocol's lines: read back what was written, refuse everything else."""

from dataclasses import is_dataclass
import json

from hypothesis import given, strategies as st
import pytest

from custom_components.hearthcam.engine import protocol, wire
from custom_components.hearthcam.engine.protocol import (
    BlackOut,
    Box,
    Command,
    ConfigureCamera,
    Export,
    Mode,
    MotionStarted,
    Render,
    RenderKind,
    SetMode,
    StreamSource,
    Transport,
)
from custom_components.hearthcam.engine.wire import (
    MAX_LINE,
    ProtocolError,
    decode_command,
    decode_report,
    encode,
)
from tests.unhidden import UNHIDDEN

finite = st.floats(allow_nan=False, allow_infinity=False)
boxes = st.builds(Box, finite, finite, finite, finite)


@given(
    st.builds(
        MotionStarted,
        st.text(max_size=40),
        st.text(max_size=40),
        finite,
        finite,
        st.lists(boxes, max_size=5).map(tuple),
    )
)
def test_report_is_read_back_as_it_was_written(report: MotionStarted) -> None:
    """Any text and any numbers; one line each."""
    line = encode(report)
    assert line.count(b"\n") == 1
    assert decode_report(line) == report


@given(
    st.text(max_size=60),
    st.sampled_from(Transport),
    st.one_of(st.none(), st.text(max_size=60)),
    finite,
)
def test_command_is_read_back_as_it_was_written(
    url: str, transport: Transport, sub: str | None, seconds: float
) -> None:
    """Nested parts, enumerations and absent parts included."""
    command = ConfigureCamera(
        "front",
        "Front",
        "/media",
        StreamSource(url, transport),
        None if sub is None else StreamSource(sub),
        pre_roll=seconds,
        **UNHIDDEN,
    )
    assert decode_command(encode(command)) == command


@given(st.binary(max_size=300))
def test_any_bytes_are_refused_with_the_protocols_own_error(line: bytes) -> None:
    """Whatever comes, nothing else is raised."""
    with pytest.raises(ProtocolError):
        decode_command(line)


json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=8),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(
            st.sampled_from(["camera_id", "mode", "url", "x"]), inner, max_size=3
        )
    ),
    max_leaves=8,
)


@given(st.sampled_from([kind.__name__ for kind in wire.COMMANDS]), json_values)
def test_any_json_is_a_command_or_refused(kind: str, data: object) -> None:
    """Right types by chance are fine; wrong ones never get through."""
    line = json.dumps({"v": 1, "type": kind, "data": data}).encode()
    try:
        command = decode_command(line)
    except ProtocolError:
        return
    assert type(command).__name__ == kind


@pytest.mark.parametrize(
    "change",
    [
        {"v": 2},
        {"type": "Nonsense"},
        {"data": {"camera_id": "a"}},
        {"data": {"camera_id": "a", "mode": "sometimes"}},
        {"data": {"camera_id": 3, "mode": "off"}},
        {"data": {"camera_id": "a", "mode": "off", "more": 1}},
        {"data": [1]},
    ],
)
def test_wrong_version_type_or_field_is_refused(change: dict[str, object]) -> None:
    """Each fault alone is enough."""
    good = json.loads(encode(SetMode("a", Mode.OFF)))
    assert decode_command(json.dumps(good).encode()) == SetMode("a", Mode.OFF)
    with pytest.raises(ProtocolError):
        decode_command(json.dumps(good | change).encode())


def test_line_that_is_too_long_is_refused_by_both_sides() -> None:
    """The bound holds where it is written and where it is read."""
    command = SetMode("x" * MAX_LINE, Mode.OFF)
    with pytest.raises(ProtocolError):
        encode(command)
    with pytest.raises(ProtocolError):
        decode_command(b" " * (MAX_LINE + 1))


def test_reports_are_not_commands() -> None:
    """What one side says the other side's decoder does not take."""
    with pytest.raises(ProtocolError):
        decode_report(encode(SetMode("a", Mode.OFF)))


def test_secrets_are_in_no_repr() -> None:
    """URLs hold passwords, and the token opens the live server."""
    source = StreamSource("rtsp://u:s3cret@10.0.0.1/")
    start = protocol.Start("t0ken")
    assert "s3cret" not in repr(source)
    assert "t0ken" not in repr(start)
    assert "s3cret" not in repr(ConfigureCamera("a", "A", "/", source, **UNHIDDEN))


def test_errors_quote_nothing_of_the_line() -> None:
    """A broken line may hold a password."""
    with pytest.raises(ProtocolError) as refused:
        decode_command(b'{"v":1,"type":"SetMode","data":{"s3cret":"s3cret"}}')
    assert "s3cret" not in str(refused.value)


CAMERA = ConfigureCamera("a", "A", "/", StreamSource("rtsp://10.0.0.1/"), **UNHIDDEN)
BLACK_OUT = BlackOut("r", "/a.mp4", (), (), None)


@pytest.mark.parametrize(
    ("command", "said"),
    [
        (CAMERA, "privacy"),
        (CAMERA, "blocked"),
        (CAMERA, "shut"),
        (Export("r", (), 0.0, 1.0, "/a.mp4", privacy=()), "privacy"),
        (Render("r", RenderKind.PICTURE, "/a.mp4", "/a", privacy=()), "privacy"),
        *((BLACK_OUT, said) for said in ("privacy", "doubted", "thumbnail")),
    ],
)
def test_what_does_not_say_what_is_hidden_is_refused(
    command: Command, said: str
) -> None:
    """Rather no command than one that shows everything."""
    line = json.loads(encode(command))
    del line["data"][said]
    with pytest.raises(ProtocolError, match="a field is missing"):
        decode_command(json.dumps(line).encode())


@pytest.mark.parametrize("kind", [*wire.COMMANDS, *wire.REPORTS])
def test_every_message_is_frozen_and_small(kind: type) -> None:
    """No message can be changed after it was checked."""
    assert is_dataclass(kind)
    assert vars(kind)["__dataclass_params__"].frozen
    assert "__slots__" in vars(kind)
