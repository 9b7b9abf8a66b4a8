"""Run in a namespace: two simulated cameras, commanded by lines of JSON.

Arguments: the address to be at. "Front door" has ONVIF and announces itself, "Garden"
is reached by its URL alone.
"""

import asyncio
from collections.abc import Callable
import inspect
import json
import sys
from typing import Any

from tests.simulator import CameraOptions, SimulatedCamera, small_source
from tests.simulator.scene import short_scene

USERNAME = "admin"
PASSWORD = "pa:ss@w/rd"
GARDEN_PORT = 8554


async def until(condition: Callable[[], object]) -> None:
    """Wait until something is so."""
    async with asyncio.timeout(30):
        while not condition():
            await asyncio.sleep(0.02)


async def carry_out(camera: SimulatedCamera, command: dict[str, Any]) -> None:
    """Set what the camera shall say, use one of its switches, or wait for a call."""
    onvif, server = camera.onvif, camera.server
    match command["do"]:
        case "await_call":
            assert onvif is not None
            before = onvif.calls[command["action"]]
            await until(lambda: onvif.calls[command["action"]] > before)
        case "await_redirect":
            assert onvif is not None
            await until(onvif.redirected.is_set)
            onvif.redirected.clear()
        case "play_anew":
            old = set(server.connections)
            server.drop_connections()
            await until(lambda: not old & server.connections)
            await until(lambda: any(one.clients for one in server.streams.values()))
        case "say":
            for name, value in command["what"].items():
                assert hasattr(camera.state, name)
                setattr(camera.state, name, value)
        case switch:
            switched = getattr(camera.control, switch)(*command.get("with", ()))
            if inspect.isawaitable(switched):
                await switched


def tell(value: object) -> None:
    """Answer."""
    sys.stdout.write(json.dumps({"value": value}) + "\n")
    sys.stdout.flush()


async def main(host: str) -> None:
    """Play until the input ends."""
    scene = small_source(scene=short_scene())
    front = CameraOptions(
        name="Front door",
        host=host,
        main=scene,
        sub=scene.sub(160, 90, 5),
        username=USERNAME,
        password=PASSWORD,
        onvif=True,
        discovery=True,
    )
    garden = CameraOptions(name="Garden", host=host, main=scene, rtsp_port=GARDEN_PORT)
    async with SimulatedCamera(front) as one, SimulatedCamera(garden) as other:
        cameras = {camera.options.name: camera for camera in (one, other)}
        for camera in cameras.values():
            # A question a second: the answers to those lead astray, too.
            camera.state.told_timeout = 2
        tell("ready")
        while line := await asyncio.to_thread(sys.stdin.readline):
            command = json.loads(line)
            await carry_out(cameras[command["camera"]], command)
            tell(None)


if __name__ == "__main__":
    asyncio.run(main(sys.argv[1]))
