"""No answer, datagram or challenge raises anything but our own errors."""

from contextlib import suppress
from pathlib import Path

from hypothesis import given, strategies as st
import pytest

from custom_components.hearthcam.onvif.errors import OnvifError

from .fuzz_inputs import corpus, mutated
from .fuzz_targets import TARGETS, Target

INPUTS = 400
_NAMES = st.sampled_from(
    [
        "Min",
        "Max",
        "PTZNode",
        "Preset",
        "Options",
        "RelayOutputs",
        "ImagingSettings",
        "Encoding",
        "H264",
        "x:y",
        "RateControl",
        "SystemDateAndTime",
        "Hello",
        "Mode",
        "Exposure",
        "ImagingOptions",
        "Brightness",
        "SupportedPTZSpaces",
        "Rule",
        "Masks",
        "Polygon",
        "Point",
        "Color",
        "Types",
    ]
)
_TEXTS = st.text(max_size=12).map(
    lambda text: text.replace("<", "&lt;").replace("&", "&amp;")
) | st.sampled_from(["1e309", "nan", "-1", "0", "-inf", "PT", "P1D", "9" * 30])
_XML = st.recursive(
    _TEXTS,
    lambda inner: st.builds(
        lambda name, token, parts: (
            f'<{name} token="{token}" GovLength="{token}">{"".join(parts)}</{name}>'
        ),
        _NAMES,
        st.sampled_from(["", "t", "1 2", "-5 x", "9" * 20]),
        st.lists(inner, max_size=4),
    ),
    max_leaves=20,
)
every_target = pytest.mark.parametrize("target", TARGETS, ids=lambda t: t.name)


@every_target
def test_written_messages_are_understood(target: Target) -> None:
    for data in target.corpus:
        assert target.parser(data) is not None


@every_target
@given(
    _XML.map(lambda xml: f"<Envelope><Body><R>{xml}</R></Body></Envelope>".encode())
    | st.binary(max_size=200)
)
def test_nothing_that_is_made_up_does_harm(target: Target, data: bytes) -> None:
    with suppress(OnvifError):
        target.parser(data)


@pytest.mark.parametrize("recorded", [False, True])
@every_target
def test_mutated_messages_do_no_harm(
    target: Target, recorded: bool, request: pytest.FixtureRequest
) -> None:
    # The long run is `python -m tests.onvif.fuzz`.
    shared: Path | None = request.getfixturevalue("shared") if recorded else None
    messages = corpus(shared) if recorded else corpus(None)
    messages += target.corpus * (1 + len(messages) // 20)
    for number in range(INPUTS):
        with suppress(OnvifError):
            target.parser(mutated(7, number, messages))


@given(st.text(max_size=200))
def test_no_challenge_raises(text: str) -> None:
    TARGETS[-1].parser(f'Digest nonce="x", {text}'.encode())
