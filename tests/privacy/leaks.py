"""Runs the full matrix of the leak tests and prints its figures.

``python -m tests.privacy.leaks``: cameras with either codec, with and without a sub
stream; every scenario looks at every output.
"""

import os
from pathlib import Path
import sys
import tempfile

import pytest


def main() -> int:
    """Run it; the exit code is that of the tests."""
    folder = Path(__file__).parent
    with tempfile.TemporaryDirectory() as figures:
        path = Path(figures, "leaks.txt")
        os.environ |= {
            "HEARTHCAM_LEAKS_FULL": "1",
            "HEARTHCAM_LEAKS_FIGURES": str(path),
        }
        code = pytest.main(["-q", *map(str, sorted(folder.glob("test_leak_*.py")))])
        if path.exists():
            sys.stdout.write(path.read_text() + "\n")
    return int(code)


if __name__ == "__main__":
    sys.exit(main())
