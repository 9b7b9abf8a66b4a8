"""The demo: a real Home Assistant, two simulated cameras, motion and clips."""

import argparse
import asyncio
from contextlib import AsyncExitStack, suppress
from dataclasses import dataclass
import json
import logging
import os
from pathlib import Path
import shutil
import signal
import socket
import sys
import time

from aiohttp import ClientError

from tests.browser.flows import add_onvif_camera, add_privacy_zone
from tests.browser.home_assistant import HomeAssistant, HomeAssistantError
from tests.browser.seed import LOOPBACK, free_port
from tests.simulator import (
    CameraOptions,
    DrawnScene,
    SimulatedCamera,
    VideoFile,
    house_scene,
)

from .film import Film

REPOSITORY = Path(__file__).parents[2]
DEMO = REPOSITORY / ".demo"
SHARED = Path(os.environ.get("HEARTHCAM_SHARED", REPOSITORY.parent / "shared"))
CAMERA_LOGIN = ("admin", "camera")
RESTART = 100
"""Exit code of Home Assistant when its user asked for a restart."""


@dataclass(frozen=True, slots=True)
class Hidden:
    """What of a picture is nobody's business, as the form of a zone asks for it."""

    name: str
    points: str


@dataclass(frozen=True, slots=True)
class Spot:
    """Where a demo camera hangs, what it sees, and what of it is black."""

    name: str
    host: str
    film: Film
    scene: DrawnScene
    hidden: Hidden | None = None


# Something happens for a quarter of a minute; then it is quiet for longer than
# the post-roll, so that a clip ends. The films are never quiet for that long, so
# their quiet seconds are played several times.
SPOTS = (
    Spot(
        "Driveway",
        "127.0.0.11",
        Film("driveway-street", ((17.0, 31.0), *[(31.2, 37.4)] * 3)),
        DrawnScene(house_scene("day"), 1280, 720),
        Hidden("Neighbours", "0.83,0.18 1,0.18 1,0.6 0.83,0.6"),
    ),
    Spot(
        "Hall",
        "127.0.0.12",
        Film("visitors-one-by-one", ((0.0, 22.2), *[(0.2, 5.4)] * 3)),
        DrawnScene(house_scene("night"), 1280, 720),
    ),
)


def say(text: str) -> None:
    """Tell the user, at once."""
    print(f"demo: {text}", flush=True)


def camera_options(spot: Spot, ports: dict[str, int]) -> CameraOptions:
    """Return the camera: real footage where it is there, else the drawn scene."""
    film = spot.film.cut(SHARED / "footage" / "clips", DEMO / "films")
    source = VideoFile(film) if film else spot.scene
    username, password = CAMERA_LOGIN
    return CameraOptions(
        name=spot.name,
        host=spot.host,
        main=source,
        sub=source.sub(),
        username=username,
        password=password,
        rtsp_port=ports["rtsp"],
        onvif=True,
        onvif_port=ports["onvif"],
        discovery=True,
        cache=DEMO / "encoded",
    )


def camera_ports() -> dict[str, dict[str, int]]:
    """Return the ports of each camera, the same as long as the data is kept."""
    file = DEMO / "config" / "demo-ports.json"
    if not file.exists():
        ports = {
            spot.name: {"rtsp": free_port(), "onvif": free_port()} for spot in SPOTS
        }
        file.write_text(json.dumps(ports))
    kept: dict[str, dict[str, int]] = json.loads(file.read_text())
    return kept


async def watch(home: HomeAssistant) -> None:
    """Report motion and clips until both were seen on every camera."""
    # Home Assistant may be restarted meanwhile; then there is no more to tell.
    with suppress(HomeAssistantError, ClientError):
        await report_motion_and_clips(home)


async def report_motion_and_clips(home: HomeAssistant) -> None:
    """Look every second."""
    started = time.monotonic()
    moved: set[str] = set()
    clips = 0
    while len(moved) < len(SPOTS) or clips < len(SPOTS):
        await asyncio.sleep(1)
        seconds = round(time.monotonic() - started)
        for state in (await home.states("binary_sensor")).values():
            is_motion = state["attributes"].get("device_class") == "motion"
            name = state["attributes"].get("friendly_name", "")
            if is_motion and state["state"] == "on" and name not in moved:
                moved.add(name)
                say(f"{name}: seen after {seconds} s")
        counted = sum(
            int(state["state"])
            for name, state in (await home.states("sensor")).items()
            if name.endswith("_clips") and state["state"].isdigit()
        )
        if counted > clips:
            clips = counted
            say(f"clips after {seconds} s: {clips}, in Media → Hearthcam")


async def run(port: int) -> None:
    """Start everything, and stay until cancelled; then end everything."""
    folder = DEMO / "config"
    await asyncio.to_thread(folder.mkdir, parents=True, exist_ok=True)
    ports = await asyncio.to_thread(camera_ports)
    async with AsyncExitStack() as stack:
        say("starting two simulated cameras (the first time, their films are encoded)")
        for spot in SPOTS:
            options = await asyncio.to_thread(camera_options, spot, ports[spot.name])
            await stack.enter_async_context(SimulatedCamera(options))
        home = HomeAssistant(folder, port=port)
        say("starting Home Assistant")
        await stack.enter_async_context(home)
        await add_missing(home, ports)
        say("")
        say(f"  {home.url}")
        say(f"  login: {home.login.username}   password: {home.login.password}")
        say("")
        say("Ctrl-C ends it")
        watching = asyncio.create_task(watch(home), name="watch")
        stack.callback(watching.cancel)
        while await home.wait() == RESTART:
            say("Home Assistant restarts")
            await home.stop()
            await home.start()
        raise HomeAssistantError("Home Assistant ended by itself; see the log")


async def add_missing(home: HomeAssistant, ports: dict[str, dict[str, int]]) -> None:
    """Add the cameras that a kept instance does not have yet."""
    entries = await home.get("/api/config/config_entries/entry?domain=hearthcam")
    titles = {entry["title"] for entry in entries}
    for spot in SPOTS:
        if spot.name not in titles:
            say(f"adding the camera '{spot.name}' ({spot.host})")
            onvif = ports[spot.name]["onvif"]
            entry_id = await add_onvif_camera(
                home, spot.name, spot.host, onvif, CAMERA_LOGIN
            )
            if spot.hidden is not None:
                name, points = spot.hidden.name, spot.hidden.points
                await add_privacy_zone(home, entry_id, name, points)
                say(f"  its privacy zone '{name}' is black in all that it gives out")


def is_free(port: int) -> bool:
    """Tell whether nobody listens there."""
    with socket.socket() as probe:
        # As Home Assistant does: a connection that just ended is no hindrance.
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((LOOPBACK, port))
        except OSError:
            return False
    return True


async def main() -> int:
    """Return the exit code: 0 after Ctrl-C."""
    parser = argparse.ArgumentParser(prog="scripts/demo", description=__doc__)
    parser.add_argument("--port", type=int, default=8123, help="default: %(default)s")
    parser.add_argument(
        "--keep", action="store_true", help="go on with the last demo's data"
    )
    arguments = parser.parse_args()
    logging.basicConfig(level=logging.WARNING)
    if arguments.port and not is_free(arguments.port):
        say(f"port {arguments.port} is taken; choose another one with --port")
        return 1
    if not arguments.keep:
        shutil.rmtree(DEMO / "config", ignore_errors=True)

    demo = asyncio.create_task(run(arguments.port))
    loop = asyncio.get_running_loop()
    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        loop.add_signal_handler(number, demo.cancel)
    try:
        with suppress(asyncio.CancelledError):
            await demo
    except (HomeAssistantError, OSError) as error:
        say(f"{error}")
        say(f"its log: {(DEMO / 'config' / 'console.log').relative_to(REPOSITORY)}")
        return 1
    say("ended")
    return 0


if __name__ == "__main__":
    sys.exit(asyncio.run(main()))
