"""What the tests of the library share."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest
import pytest_asyncio

from custom_components.hearthcam.library.index import Library


@pytest.fixture
def root(tmp_path: Path) -> Path:
    """Return the folder of the cameras' folders."""
    root = tmp_path / "media" / "hearthcam"
    root.mkdir(parents=True)
    return root


@pytest.fixture
def database(tmp_path: Path) -> Path:
    """Return where the database goes; its folder is not there yet."""
    return tmp_path / "config" / "hearthcam" / "library.db"


@pytest.fixture
def spool(tmp_path: Path) -> Path:
    """Return the folder that stands in for the root; it is not there yet."""
    return tmp_path / "config" / "hearthcam" / "spool"


@pytest_asyncio.fixture
async def library(database: Path, root: Path, spool: Path) -> AsyncIterator[Library]:
    """Return an open library, closed afterwards."""
    library = Library(database, root, spool)
    await library.open()
    yield library
    await library.close()
