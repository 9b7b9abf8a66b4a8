"""What a fresh Home Assistant finds in its folder: nothing it must ask or fetch."""

import json
import os
from pathlib import Path
import socket
from typing import Any
from zoneinfo import available_timezones

REPOSITORY = Path(__file__).parents[2]
LOOPBACK = "127.0.0.1"

# default_config would bring the cloud, Bluetooth and analytics along.
CONFIGURATION = """\
homeassistant:
  name: Hearthcam
  country: AT
  language: en
  unit_system: metric
  time_zone: {time_zone}
  media_dirs:
    local: {media}
config:
frontend:
history:
logbook:
media_source:
logger:
  default: warning
  logs:
    custom_components.hearthcam: info
"""


def seed(folder: Path, port: int) -> None:
    """Prepare the folder for a start on loopback; what was kept there stays."""
    storage = folder / ".storage"
    storage.mkdir(parents=True, exist_ok=True)
    media = folder / "media"
    media.mkdir(exist_ok=True)
    (folder / "configuration.yaml").write_text(
        CONFIGURATION.format(time_zone=local_time_zone(), media=json.dumps(str(media)))
    )
    components = folder / "custom_components"
    if not components.exists():
        components.symlink_to(REPOSITORY / "custom_components")
    # Version 1: Home Assistant completes it. An address in YAML would be a trial
    # that ends with a restart after five minutes.
    _store(storage, "http", {"server_host": [LOOPBACK], "server_port": port})
    # Discovery stays on this machine.
    _store(storage, "core.network", {"configured_adapters": [loopback_adapter()]})
    if not (storage / "onboarding").exists():
        # Done in the browser, these steps add integrations that use the internet.
        done = ["core_config", "analytics", "integration"]
        _store(storage, "onboarding", {"done": done}, version=4)


def _store(storage: Path, key: str, data: dict[str, Any], *, version: int = 1) -> None:
    content = {"version": version, "minor_version": 1, "key": key, "data": data}
    (storage / key).write_text(json.dumps(content))


def free_port() -> int:
    """Return a loopback port that was free a moment ago."""
    with socket.socket() as probe:
        probe.bind((LOOPBACK, 0))
        port: int = probe.getsockname()[1]
        return port


def loopback_adapter() -> str:
    """Return the name of the loopback interface, so that discovery stays on it."""
    for _, name in socket.if_nameindex():
        if name.startswith("lo"):
            return name
    raise OSError("this machine has no loopback interface")


def local_time_zone() -> str:
    """Return the machine's time zone, or UTC where it does not say."""
    name = os.environ.get("TZ", "").lstrip(":")
    if not name:
        name = str(Path("/etc/localtime").resolve()).rpartition("zoneinfo/")[2]
    return name if name in available_timezones() else "UTC"
