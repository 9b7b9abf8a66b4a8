"""Starts the engine by path, with neither Home Assistant nor its half of the code.

Run as ``python -P …/engine/__main__.py --listen-fd N [--path DIR …]``. The modules
of the integration keep their full names, but the packages above the engine are empty
ones made here, so that nothing of them is executed.
"""

import os
from pathlib import Path
import sys
from types import ModuleType

# numpy's linear algebra starts a thread a core and their memory; none of it is used.
os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")
os.environ.setdefault("OMP_NUM_THREADS", "1")
# aiohttp would look names up through these, by sockets that `closed_network` does not
# see.
_BLIND_RESOLVERS = ("aiodns", "pycares")


def _make_parent(name: str, folder: Path) -> None:
    package = ModuleType(name)
    package.__path__ = [str(folder)]
    sys.modules[name] = package


def run(arguments: list[str]) -> None:
    """Make the packages and hand over to `process.main`."""
    while "--path" in arguments:
        at = arguments.index("--path")
        if arguments[at + 1] not in sys.path:
            sys.path.append(arguments[at + 1])
        del arguments[at : at + 2]
    for name in _BLIND_RESOLVERS:
        # Their import fails from now on.
        sys.modules[name] = None  # type: ignore[assignment]  # what `import` looks for
    integration = Path(__file__).resolve().parents[1]
    _make_parent("custom_components", integration.parent)
    _make_parent("custom_components.hearthcam", integration)
    # Only now can the engine's own modules be found.
    from custom_components.hearthcam.engine.process import main  # noqa: PLC0415 - not before

    main(arguments)


if __name__ == "__main__":
    run(sys.argv[1:])
