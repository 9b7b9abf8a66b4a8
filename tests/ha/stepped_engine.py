"""The true engine, by a clock that a test sets: seconds to add are read from a file.

Run as ``python -P stepped_engine.py FILE …/engine/__main__.py --listen-fd N …``. It
stands in for a system clock that is set, which a test must not do.
"""

from pathlib import Path
import runpy
import sys
import time

_real = time.time
_offset = Path(sys.argv[1])


def _stepped() -> float:
    return _real() + float(_offset.read_text(encoding="ascii"))


if __name__ == "__main__":
    time.time = _stepped
    sys.argv = sys.argv[2:]
    runpy.run_path(sys.argv[0], run_name="__main__")
