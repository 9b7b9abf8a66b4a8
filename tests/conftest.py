"""What every test may use."""

import os
from pathlib import Path

import pytest

REPOSITORY = Path(__file__).parents[1]


@pytest.fixture(scope="session")
def shared() -> Path:
    """Return the folder of recorded material beside the repository, or skip."""
    folder = Path(os.environ.get("HEARTHCAM_SHARED", REPOSITORY.parent / "shared"))
    if not (folder / "footage" / "labels.json").is_file():
        pytest.skip("the recorded footage and payloads (../shared) are not here")
    return folder


@pytest.fixture(autouse=True)
def enable_custom_integrations_where_used(request: pytest.FixtureRequest) -> None:
    """Let tests that use `hass` load the integration of this repository."""
    if "hass" in request.fixturenames:
        request.getfixturevalue("enable_custom_integrations")
