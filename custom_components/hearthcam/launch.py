"""How the engine is started: its command line and its environment."""

from importlib.util import find_spec
import os
from pathlib import Path
import sys
from typing import Final

PACKAGES: Final = ("av", "numpy", "aiohttp", "PIL")
"""What the engine imports beside the standard library."""

# Everything else stays behind: a proxy or an FFmpeg variable could open a door to
# the outside. The loader's are kept, since some installations cannot start an
# interpreter without them.
KEPT_VARIABLES: Final = (
    "HOME",
    "LANG",
    "LC_ALL",
    "LC_CTYPE",
    "LD_LIBRARY_PATH",
    "LD_PRELOAD",
    "PATH",
    "PYTHONHOME",
    "TMPDIR",
    "TZ",
    "VIRTUAL_ENV",
)


def engine_command(listen_fd: int) -> list[str]:
    """Return the engine's command line. Looks at the disk: for the executor."""
    main = Path(__file__).parent / "engine" / "__main__.py"
    command = [sys.executable, "-P", str(main), "--listen-fd", str(listen_fd)]
    folders: dict[str, None] = {}
    for package in PACKAGES:
        if (spec := find_spec(package)) and spec.submodule_search_locations:
            folders[str(Path(spec.submodule_search_locations[0]).parent)] = None
    for folder in folders:
        command += ["--path", folder]
    return command


def engine_environment() -> dict[str, str]:
    """Return the few variables that the engine gets to see."""
    kept = {name: os.environ[name] for name in KEPT_VARIABLES if name in os.environ}
    return kept | {
        "PYTHONUNBUFFERED": "1",
        "PYTHONUTF8": "1",
        # glibc gives every thread a heap of its own; the engine has many threads.
        "MALLOC_ARENA_MAX": "2",
    }
