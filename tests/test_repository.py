"""The rules of the house that no linter knows."""

import ast
from collections.abc import Iterator
import io
import os
from pathlib import Path
import re
import subprocess
import sys
import tokenize

import pytest

from homeassistant.util.yaml import load_yaml_dict

from . import outputs

REPOSITORY = Path(__file__).parents[1]
INTEGRATION = REPOSITORY / "custom_components" / "hearthcam"
ROOMS = ("engine", "library", "onvif", "privacy")
# What a room may use of another: the rules of privacy, and how clips are named
# and tagged, which the engine writes and the library reads.
SHARED = (
    "privacy",
    "library.layout",
    "library.models",
    "library.mp4",
    "library.tag",
)

# A process in which Home Assistant cannot be imported, and in which the rooms'
# relative imports work as they do in the engine's process.
IMPORT_ROOM = """\
import importlib, importlib.abc, pkgutil, sys, types

class Block(importlib.abc.MetaPathFinder):
    def find_spec(self, name, path=None, target=None):
        if name.partition(".")[0] in {"homeassistant", "probatio", "voluptuous"}:
            raise ImportError(f"{name} must not be imported here")

sys.meta_path.insert(0, Block())
folder, room = sys.argv[1:]
house = types.ModuleType("house")
house.__path__ = [folder]
sys.modules["house"] = house
importlib.import_module(f"house.{room}")
path = [f"{folder}/{room}"]
for module in pkgutil.walk_packages(path, f"house.{room}."):
    if not module.name.endswith(".__main__"):
        importlib.import_module(module.name)
print(len([name for name in sys.modules if name.startswith("house.")]))
"""


def tracked_files() -> list[Path]:
    """Return the files that are, or would be, committed."""
    try:
        listed = subprocess.run(
            ["git", "ls-files", "-co", "--exclude-standard", "-z"],
            cwd=REPOSITORY,
            capture_output=True,
            check=True,
            text=True,
        ).stdout
    except OSError, subprocess.CalledProcessError:
        pytest.skip("this is no git checkout")
    paths = [REPOSITORY / name for name in listed.split("\0") if name]
    return [path for path in paths if path.is_file()]


def tracked_texts() -> Iterator[tuple[Path, str]]:
    """Yield the text files with their content."""
    for path in tracked_files():
        try:
            yield path.relative_to(REPOSITORY), path.read_text()
        except UnicodeDecodeError:
            continue


def test_readme_starts_with_the_two_commands() -> None:
    lines = (REPOSITORY / "README.md").read_text().splitlines()
    assert lines[:3] == ["# Hearthcam", "", "```sh"]
    commands = lines[3 : lines.index("```", 3)]
    assert [command.split()[0] for command in commands] == [
        "scripts/demo",
        "scripts/test",
    ]


def test_links_between_documents_lead_somewhere() -> None:
    for document in [*REPOSITORY.glob("*.md"), *(REPOSITORY / "docs").glob("*.md")]:
        for target in re.findall(r"\]\(([^)#]+)\)", document.read_text()):
            if "://" not in target:
                assert (document.parent / target).exists(), f"{document.name}: {target}"


@pytest.mark.parametrize(
    "script",
    [
        *("scripts/setup", "scripts/demo", "scripts/test", "scripts/lint"),
        *("scripts/bench", "scripts/lib/archive", "scripts/lib/python-from-debian"),
        ".ci/run",
    ],
)
def test_scripts_can_be_run(script: str) -> None:
    path = REPOSITORY / script
    assert os.access(path, os.X_OK)
    subprocess.run(["bash", "-n", str(path)], check=True)


# --- the rooms ---


@pytest.mark.parametrize("room", ROOMS)
def test_room_imports_nothing_of_home_assistant(room: str) -> None:
    result = subprocess.run(
        [sys.executable, "-P", "-c", IMPORT_ROOM, str(INTEGRATION), room],
        capture_output=True,
        check=False,
        text=True,
    )
    assert result.returncode == 0, result.stderr
    assert int(result.stdout) > 1


@pytest.mark.parametrize("room", ROOMS)
def test_room_uses_of_other_rooms_only_what_is_shared(room: str) -> None:
    for path in (INTEGRATION / room).rglob("*.py"):
        depth = len(path.relative_to(INTEGRATION).parts)
        for node in ast.walk(ast.parse(path.read_text())):
            if isinstance(node, ast.ImportFrom) and node.level >= depth:
                assert node.level == depth, f"{path.name} leaves the integration"
                names = [node.module or ""] if node.module else []
                reached = names or [alias.name for alias in node.names]
                for name in reached:
                    assert any(
                        f"{name}.".startswith(f"{allowed}.")
                        for allowed in (room, *SHARED)
                    ), f"{path.relative_to(INTEGRATION)} imports {name}"


# --- no output past the privacy zones ---

# Who may say that something may be shown, and why that is true.
MAKERS = {
    "engine/masking/broadcast.py": "live video of a camera without a zone",
    "engine/masking/framed.py": "pictures that may be shown, in a black frame",
    "engine/masking/lead_in.py": "silence, and again what may be shown already",
    "engine/masking/masked.py": "what the encoder made of painted pictures",
    "engine/masking/pictures.py": "painted pictures, or those of no zone",
    "engine/masking/proof.py": "drawn pictures, which show no camera",
    "engine/masking/shutter.py": "drawn pictures, which show no camera",
    "engine/masking/sounds.py": "sound, in which there is nothing to be seen",
    "engine/masking/trial.py": "drawn pictures, which show no camera",
    "engine/masking/veil.py": "packets of a camera without a zone",
}

# Who may say that nothing is to be hidden, and why that is true.
UNHIDDEN = {
    "engine/masking/mask.py": "defines it",
    "engine/recover.py": "what had to be black is so in the file that is repaired",
    "pictures.py": "what has to be black is so in a file that may be shown",
}

# Through what pictures leave the engine, or could; everything else has no door.
DOORS = {
    "engine/clip_file.py": {"a file": "written by a `Muxer` only"},
    "engine/export.py": {"a container": "joins finished clips; masked before"},
    "engine/export_track.py": {
        "packets into a container": "those of finished clips; masked before",
    },
    "engine/feature_files.py": {"a file": "grids, in which zones are blank"},
    "engine/live.py": {"an answer": "takes `ShownPacket`"},
    "engine/masking/inside.py": {"a frame's pixels": "only looked at"},
    "engine/masking/pictures.py": {
        "a frame's pixels": "of a `ShownFrame`",
        "a picture of pixels": "of a `ShownFrame`",
    },
    "engine/masking/shutter.py": {"a picture's file": "drawn; shows no camera"},
    "engine/mux.py": {
        "a container": "takes `ShownPacket`",
        "packets into a container": "takes `ShownPacket`",
    },
    "engine/recover.py": {
        "a container": "what a `Muxer` wrote to the same clip before",
        "packets into a container": "what a `Muxer` wrote to the same clip before",
    },
    "engine/render.py": {
        "a file": "made of a `ShownFrame`",
        "a picture's file": "made of a `ShownFrame`",
    },
    "engine/server.py": {"an answer": "what `Showing.still` made"},
    "engine/storage.py": {"a file": "zeros, to see whether the disk can be written"},
    "engine/thumbnail.py": {
        "a file": "made of a `ShownFrame`",
        "a picture's file": "takes `ShownFrame`",
    },
}


def test_only_what_was_masked_is_called_fit_to_be_shown() -> None:
    found = {
        str(path.relative_to(INTEGRATION))
        for path in INTEGRATION.rglob("*.py")
        if [*outputs.makers(path.read_text())]
    }
    assert found == set(MAKERS)
    for path in (INTEGRATION / "engine").rglob("*.py"):
        assert not [*outputs.copies(path.read_text())], path


def test_pictures_leave_the_engine_through_doors_that_are_watched() -> None:
    found = {
        (str(path.relative_to(INTEGRATION)), what)
        for path in (INTEGRATION / "engine").rglob("*.py")
        for _, what in outputs.doors(path.read_text())
    }
    assert found == {
        (path, what) for path, reasons in DOORS.items() for what in reasons
    }


def test_nobody_can_forget_to_tell_the_engine_what_is_hidden() -> None:
    """It has no default, so that mypy complains, and Python too."""
    seam = (INTEGRATION / "engine_requests.py", INTEGRATION / "privacy_state.py")
    for path in (*(INTEGRATION / "engine").rglob("*.py"), *seam):
        assert not [*outputs.forgettable(path.read_text())], path


def test_who_says_that_nothing_is_hidden_has_a_reason() -> None:
    found = {
        str(path.relative_to(INTEGRATION))
        for path in INTEGRATION.rglob("*.py")
        if [*outputs.reveals(path.read_text())]
    }
    assert found == set(UNHIDDEN)


@pytest.mark.parametrize(
    "source",
    [
        "def show(frame: VideoFrame, mask: Mask = NOTHING) -> ShownFrame: ...",
        "def __init__(self, ring: Ring, curtain: Curtain | None = None) -> None: ...",
        "async def export(path: str, *, privacy: Sequence[Zone] = ()) -> None: ...",
        "class Order:\n    hidden: Callable[[], Mask] = lambda: NOTHING",
        "class Order:\n    hiding: Hiding = field(default_factory=Hiding)",
        "class Command:\n    shut: bool = False",
    ],
)
def test_what_can_be_forgotten_is_found(source: str) -> None:
    assert [*outputs.forgettable(source)] == [source.count("\n") + 1]


def test_what_has_to_be_said_is_not_meant() -> None:
    source = """\
class Command:
    zones: tuple[PrivacyZone, ...]
    shut: bool = field(kw_only=True)
    mask: tuple[str, ...] = ()
    failure: MaskError | None = None

def show(mask: Mask, width: int | None = None, *, hiding: Hiding) -> None:
    kept: Mask | None = None
"""
    assert not [*outputs.forgettable(source)]


@pytest.mark.parametrize(
    "source",
    [
        "from .masking.mask import NOTHING, Mask",
        "show_frame(frame, mask.NOTHING)",
        "show_frame(frame, Mask(()))",
        "show_frame(frame, Mask.of(()))",
        "Render('r', kind, clip, path, privacy=())",
        "Mask(polygons=())",
    ],
)
def test_who_says_that_nothing_is_hidden_is_found(source: str) -> None:
    assert [*outputs.reveals(source)] == [1]


def test_other_nothings_are_not_meant() -> None:
    source = """\
from .camera_control import NOTHING
rule = PresenceRule.NOTHING
mask = Mask(polygons)
told = ClipPart(path, 0.0, 1.0, mask=())
"""
    assert not [*outputs.reveals(source)]


@pytest.mark.parametrize(
    "source",
    [
        "ShownPacket(data, 0, 0, 0, True)",
        "ShownPacket.of(packet)",
        "shown.ShownFrame(frame)",
        "made = map(ShownFrame, frames)",
        "from .shown import ShownFrame as Frame",
        "Frame = ShownFrame",
        "class Mine(ShownFrame): ...",
        "packets: list[ShownPacket] = [ShownPacket.of(packet)]",
        "def show(packet: ShownPacket = ShownPacket.of(raw)) -> None: ...",
        "getattr(shown, 'ShownFrame')(frame)",
        "assert packet == ShownPacket.of(raw)",
    ],
)
def test_whoever_makes_what_may_be_shown_is_found(source: str) -> None:
    assert [*outputs.makers(source)] == [1]


def test_whoever_only_takes_what_may_be_shown_is_not_meant() -> None:
    source = """\
from .shown import ShownFrame, ShownPacket
type Shown = ShownPacket | ShownFrame
def write(packet: ShownPacket) -> list[ShownPacket]:
    if type(packet) is not ShownPacket or isinstance(packet, ShownFrame):
        raise TypeError
    kept: list[ShownPacket] = Ring[ShownPacket](5.0)
    return kept
"""
    assert not [*outputs.makers(source)]


@pytest.mark.parametrize(
    "source",
    [
        "replace(shown, data=raw.data)",
        "copy.replace(shown, **raw)",
        "shown.__replace__(picture=frame)",
        "type(shown).of(raw)",
        "type(shown)(*fields)",
        "shown.__class__(frame)",
    ],
)
def test_copy_with_something_else_in_it_is_found(source: str) -> None:
    assert [*outputs.copies(source)] == [1]


@pytest.mark.parametrize(
    "source", ["replace(tag, start=0.0)", 'text.replace("a", "b")', "type(e).__name__"]
)
def test_other_copies_are_not_meant(source: str) -> None:
    assert not [*outputs.copies(source)]


@pytest.mark.parametrize(
    "source",
    [
        'av.open(path, "w")',
        'av.open(path, mode="w", format="mp4")',
        "av.open(path, mode)",
        "container.mux_one(packet)",
        "container.mux(packets)",
        'frame.to_ndarray(format="gray")',
        "frame.to_image()",
        "Image.fromarray(pixels)",
        'image.save(path, "PNG")',
        "path.write_bytes(packet.data)",
        'path.open("wb")',
        'open(path, "ab")',
        'open(path, mode="r+b")',
        "os.open(path, os.O_RDONLY | os.O_CREAT)",
        "web.Response(body=picture)",
        "StreamResponse()",
    ],
)
def test_door_is_found(source: str) -> None:
    assert len([*outputs.doors(source)]) == 1


@pytest.mark.parametrize(
    "source",
    [
        "av.open(path)",
        'av.open(path, "r")',
        "path.open()",
        'path.open("rb")',
        "os.open(folder, os.O_RDONLY)",
        "Image.open(path)",
    ],
)
def test_reading_is_no_door(source: str) -> None:
    assert not [*outputs.doors(source)]


# --- what must not be in the tree ---


def test_no_path_of_a_machine_is_written_down() -> None:
    places = {str(REPOSITORY), str(REPOSITORY.parent), str(Path.home())}
    places = {place for place in places if place.count("/") > 1}
    pattern = re.compile(r"(?<![\w.])/(?:home|Users|root|work)/\w+")
    for path, text in tracked_texts():
        for place in places:
            assert place not in text, f"{path} names {place}"
        assert not pattern.search(text), f"{path} names a place of one machine"


def test_no_package_index_is_written_down() -> None:
    hosts = [
        ".".join(parts)
        for parts in (
            ("pypi", "org"),
            ("pythonhosted", "org"),
            ("deb", "debian", "org"),
            ("archive", "ubuntu", "com"),
            ("registry", "npmjs", "org"),
        )
    ]
    for path, text in tracked_texts():
        for host in hosts:
            assert host not in text, f"{path} names {host}"
        assert not re.search(r"--(extra-)?index-url", text) or path == Path(
            "tests/test_repository.py"
        ), f"{path} sets a package index"


def test_no_dependency_is_locked_to_a_place() -> None:
    names = {path.name for path in tracked_files()}
    assert not names & {"uv.lock", "poetry.lock", "Pipfile.lock", "requirements.txt"}


# --- suppressions ---

DIRECTIVE = re.compile(
    r"""
    \#?\s*(?:
        noqa(?::\s*[A-Z]+\d+(?:\s*,\s*[A-Z]+\d+)*)? |
        type:\s*ignore(?:\[[\w,\s-]*\])? |
        pylint:\s*disable=[\w,-]+ |
        pragma:\s*no\s+cover |
        shellcheck\s+(?:disable|source|shell)=\S+ |
        fmt:\s*(?:off|on|skip)
    )
    """,
    re.VERBOSE,
)
BLANKET = re.compile(r"#\s*noqa(?!:)|#\s*type:\s*ignore(?!\[)|ruff:\s*noqa(?!:)")


def comments(text: str) -> Iterator[tuple[int, str]]:
    """Yield the lines and comments of a Python module."""
    for token in tokenize.generate_tokens(io.StringIO(text).readline):
        if token.type == tokenize.COMMENT:
            yield token.start[0], token.string


def has_words(comment: str) -> bool:
    """Tell whether a comment says something beside its directives."""
    return len(re.findall(r"[A-Za-z]{2,}", DIRECTIVE.sub("", comment))) >= 2


def test_every_suppression_has_a_reason() -> None:
    blanket, bare = [], []
    for path, text in tracked_texts():
        if path.suffix not in {".py", ".pyi"}:
            continue
        found = dict(comments(text))
        lines = text.splitlines()
        for line, comment in found.items():
            if not DIRECTIVE.search(comment):
                continue
            if BLANKET.search(comment):
                blanket.append(f"{path}:{line}")
            above = lines[line - 2].lstrip()
            reasons = [comment, above if above.startswith("#") else ""]
            if not any(map(has_words, reasons)):
                bare.append(f"{path}:{line} {comment}")
    assert not blanket
    assert not bare


# --- workflows ---


def workflows() -> list[Path]:
    """Return GitHub's workflows."""
    return sorted((REPOSITORY / ".github" / "workflows").glob("*.yml"))


@pytest.mark.parametrize("path", workflows(), ids=lambda path: path.stem)
def test_workflow_trusts_little(path: Path) -> None:
    text = path.read_text()
    content = load_yaml_dict(str(path))
    assert content["permissions"] == {}
    for name, job in content["jobs"].items():
        assert "permissions" in job, f"{name} has the default permissions"
    for action in re.findall(r"uses:\s*(.+)", text):
        assert re.fullmatch(r"[\w./-]+@[0-9a-f]{40} # \S+", action), (
            f"{action} is not pinned by commit, with its version beside it"
        )
