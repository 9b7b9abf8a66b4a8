"""Run in a namespace: the real client looks for cameras, or listens to them.

Arguments: `search` or `listen`, and our addresses. Prints what is found as lines of
JSON, `listen` until the input ends.
"""

import asyncio
from dataclasses import asdict
import json
import sys

from custom_components.hearthcam.onvif import (
    AnnouncementListener,
    DiscoveredCamera,
    discover,
)


def tell(thing: object) -> None:
    """Print a line."""
    sys.stdout.write(json.dumps(thing) + "\n")
    sys.stdout.flush()


async def search(sources: list[str]) -> None:
    """Print all that is found."""
    tell([asdict(camera) for camera in await discover(sources, 2.0)])


async def listen(sources: list[str]) -> None:
    """Print what is announced."""

    def hello(camera: DiscoveredCamera) -> None:
        tell(["hello", camera.epr, camera.host, camera.port])

    listener = AnnouncementListener(hello, lambda epr: tell(["bye", epr]))
    tell(await listener.start(sources))
    await asyncio.to_thread(sys.stdin.readline)
    await listener.stop()


if __name__ == "__main__":
    works = {"search": search, "listen": listen}
    asyncio.run(works[sys.argv[1]](sys.argv[2:]))
