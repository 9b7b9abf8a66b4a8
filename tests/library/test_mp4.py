"""Reading what an MP4 file tells of itself."""

from dataclasses import replace
from pathlib import Path
import struct

import av
from hypothesis import HealthCheck, given, settings, strategies as st
import pytest

from custom_components.hearthcam.library.boxes import BoxError
from custom_components.hearthcam.library.mp4 import Mp4Info, read_mp4
from custom_components.hearthcam.library.tag import ClipTag

from .clips import FRAGMENTED, HYBRID, encode

COMMENT = '{"hearthcam":1,"camera":"tür"}'


def box(kind: bytes, payload: bytes) -> bytes:
    """Return a box of that type."""
    return struct.pack(">I4s", 8 + len(payload), kind) + payload


@pytest.fixture(scope="module")
def files(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    """Return one real file of each form."""
    folder = tmp_path_factory.mktemp("mp4")
    return {
        "plain": encode(folder / "plain.mp4", COMMENT, audio=True),
        "hybrid": encode(folder / "hybrid.mp4", COMMENT, HYBRID, audio=True),
        "fragmented": encode(folder / "frag.mp4", COMMENT, FRAGMENTED, audio=True),
        "faststart": encode(
            folder / "fast.mp4", COMMENT, {"movflags": "+faststart"}, audio=True
        ),
    }


@pytest.mark.parametrize("form", ["plain", "hybrid", "fragmented", "faststart"])
def test_reads_what_the_engine_wrote(files: dict[str, Path], form: str) -> None:
    """Every container form that FFmpeg writes gives the same."""
    info = read_mp4(files[form])

    # A little more than the pictures' two seconds: the encoder's last sound frame.
    assert info.duration == pytest.approx(2.0, abs=0.2)
    assert (info.codec, info.width, info.height) == ("h264", 64, 48)
    assert info.has_audio
    assert info.comment == COMMENT


def test_duration_is_what_a_player_sees(files: dict[str, Path]) -> None:
    """The duration agrees with FFmpeg's to a frame."""
    for path in files.values():
        with av.open(path) as container:
            assert container.duration is not None
            expected = container.duration / av.time_base
        assert read_mp4(path).duration == pytest.approx(expected, abs=0.11)


def test_a_file_without_sound_and_comment(tmp_path: Path) -> None:
    """Both are optional."""
    info = read_mp4(encode(tmp_path / "a.mp4", frames=5))

    assert info == Mp4Info(info.duration, "h264", 64, 48, False, None)
    assert info.duration == pytest.approx(0.5, abs=0.01)


def test_index_at_the_end_is_found_behind_the_pictures(files: dict[str, Path]) -> None:
    """A closed hybrid file keeps its index last, which this test relies on."""
    data = files["hybrid"].read_bytes()

    assert data.index(b"mdat") < data.index(b"moov")


def test_an_unfinished_hybrid_file_reads_as_far_as_it_goes(
    files: dict[str, Path],
) -> None:
    """A fragmented file cut between fragments is read; inside one it is refused."""
    path = files["fragmented"]
    data = path.read_bytes()
    last = data.rindex(b"moof") - 4
    cut = path.with_name("cut.mp4")

    cut.write_bytes(data[:last])
    assert 0 < read_mp4(cut).duration < 2

    cut.write_bytes(data[: last + 50])
    with pytest.raises(BoxError):
        read_mp4(cut)


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"not an mp4 at all, but long enough",
        box(b"ftyp", b"isom"),
        box(b"ftyp", b"isom") + box(b"moov", b""),
        box(b"ftyp", b"isom") + struct.pack(">I4sQ", 1, b"moov", 2**63),
        box(b"ftyp", b"isom") + struct.pack(">I4sQ", 1, b"moov", 3) + bytes(64),
        box(b"ftyp", b"isom") + struct.pack(">I4s", 4, b"free") * 10,
        box(b"ftyp", b"isom") + box(b"free", b"") * 30_000,
        box(b"ftyp", b"isom") + box(b"moov", box(b"free", b"") * 30_000),
        box(b"ftyp", b"isom") + box(b"moov", box(b"mvhd", bytes(100))),
        box(b"ftyp", b"isom") + box(b"moov", bytes(17 * 1024 * 1024)),
    ],
    ids=[
        "empty",
        "text",
        "no index",
        "an empty index",
        "an endless box",
        "a box below its header",
        "boxes without progress",
        "too many boxes",
        "too many boxes in the index",
        "no timescale",
        "too large an index",
    ],
)
def test_refuses_what_is_no_clip(tmp_path: Path, content: bytes) -> None:
    """Foreign, empty, endless and lying files raise its own error."""
    path = tmp_path / "a.mp4"
    path.write_bytes(content)

    with pytest.raises(BoxError):
        read_mp4(path)


def test_an_endless_comment_is_left_out(tmp_path: Path) -> None:
    """A comment beyond the bound is nobody's tag."""
    assert read_mp4(encode(tmp_path / "a.mp4", "x" * 20_000)).comment is None


@given(
    form=st.sampled_from(["plain", "hybrid", "fragmented"]),
    changes=st.lists(
        st.tuples(st.floats(0, 1, exclude_max=True), st.binary(min_size=1, max_size=8)),
        max_size=6,
    ),
    keep=st.floats(0, 1),
    cut=st.booleans(),
)
@settings(
    max_examples=300,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)
def test_damaged_files_only_raise_its_own_error(
    files: dict[str, Path],
    form: str,
    changes: list[tuple[float, bytes]],
    keep: float,
    cut: bool,
) -> None:
    """Whatever bytes change, and wherever the file ends."""
    data = bytearray(files[form].read_bytes())
    # The pictures are never read; what counts is before and behind them.
    index = data.index(b"moov") - 4
    for place, value in changes:
        at = index + int(place * (len(data) - index))
        data[at : at + len(value)] = value
    if cut:
        del data[int(keep * len(data)) :]
    path = files[form].with_name("damaged.mp4")
    path.write_bytes(data)

    try:
        info = read_mp4(path)
    except BoxError:
        return
    assert info.duration > 0
    assert info.width > 0
    assert info.height > 0


def test_of_several_notes_at_the_end_the_last_counts(tmp_path: Path) -> None:
    """The file plays as before; other programs' boxes count for nothing."""
    path = encode(tmp_path / "clip.mp4", "at the start", HYBRID)
    before = read_mp4(path)
    tag = ClipTag("front_door", "01JD0000", "01JE0000", 1.5e9, 1.5e9)
    last = replace(tag, kind="person")
    foreign = struct.pack(">I4s", 28, b"uuid") + bytes(16) + b"note"
    with path.open("ab") as file:
        file.write(tag.to_box() + last.to_box() + foreign)

    assert read_mp4(path) == replace(before, note=last.to_json())
    with av.open(path) as container:
        assert sum(1 for _ in container.decode(video=0)) == 20


@pytest.mark.parametrize("left", [3, 9, 23, 24, 100])
def test_a_note_that_was_cut_costs_nothing(tmp_path: Path, left: int) -> None:
    """A kill while it was appended."""
    path = encode(tmp_path / "clip.mp4", "at the start", HYBRID)
    before = read_mp4(path)
    tag = ClipTag("front_door", "01JD0000", "01JE0000", 1.5e9, 1.5e9)
    with path.open("ab") as file:
        file.write(tag.to_box()[:left])

    assert read_mp4(path) == before
