"""What the tests against other servers share."""

from pathlib import Path

import pytest

from .server import require


@pytest.fixture(scope="session")
def footage_folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return where the servers' files are made, or skip where no server runs."""
    require()
    return tmp_path_factory.mktemp("footage")
