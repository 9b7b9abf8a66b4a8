"""What every test may use."""

from collections.abc import Iterator
from importlib.util import find_spec
import os
from pathlib import Path

from hypothesis import settings
import pytest
import pytest_socket

from tests import closed_network

# Tests of what `scripts/setup` installs only when it is asked for that group.
_NEEDS = {"browser": "playwright", "benchmarks/test_detection.py": "cv2"}
collect_ignore = [path for path, module in _NEEDS.items() if not find_spec(module)]

# The same examples in every run of continuous integration, on however slow a machine.
settings.register_profile("ci", derandomize=True, deadline=None)
settings.register_profile("developer", deadline=None)
settings.load_profile("ci" if os.environ.get("CI") else "developer")

closed_network.install()

# Those that take long, longest first: begun last, one would keep the others' workers
# waiting for its end.
_LONG = (
    "ha/test_flow_matrix.py",
    "ha/test_end_to_end.py",
    "privacy/test_leak_matrix.py",
    "engine/test_chain.py",
    "privacy/test_trap_network.py",
    "ha/test_flow_peers.py",
    "faults/test_stream_faults.py",
    "ha/test_house.py",
    "faults/test_full_house.py",
    "ha/test_flow_camera.py",
    "faults/test_kill_loop.py",
    "engine/test_packets.py",
    "peers/test_failures.py",
    "engine/test_probe.py",
    "ha/test_privacy_check.py",
    "engine/test_live.py",
    "faults/test_killed_engine.py",
    "peers/test_chain.py",
)

LOOPBACK = ["127.0.0.1", "127.0.0.2", "127.0.0.3", "::1"]
REPOSITORY = Path(__file__).parents[1]


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    """Say what was left out for want of a package."""
    for path in collect_ignore:
        terminalreporter.write_line(
            f"left out: tests/{path} (there is no {_NEEDS[path]} here)"
        )


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Put the files that take long first, and leave the rest as it is."""
    ranks = {str(REPOSITORY / "tests" / name): at for at, name in enumerate(_LONG)}
    items.sort(key=lambda item: ranks.get(str(item.path), len(ranks)))


@pytest.hookimpl(tryfirst=True)
def pytest_fixture_setup(request: pytest.FixtureRequest) -> None:
    """Give tests that run without Home Assistant their sockets, on loopback only.

    The harness of Home Assistant takes sockets from every test just before its
    fixtures are made; fixtures wider than a test could not ask for them back.
    """
    if "hass" not in request._pyfuncitem.fixturenames:
        pytest_socket.enable_socket()
        pytest_socket.socket_allow_hosts(LOOPBACK, allow_unix_socket=True)


@pytest.fixture(autouse=True)
def nothing_leaves_home() -> Iterator[None]:
    """Fail a test in which anything turned to an address that is not local."""
    yield
    if attempts := closed_network.take():
        pytest.fail("left the local network: " + "; ".join(attempts), pytrace=False)


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
