"""Run in a namespace: cameras that are found by multicast, until the input ends.

Each argument is an address to answer from. A line of input lets all say Bye and, a
moment later, Hello again.
"""

import asyncio
import json
import sys

from tests.simulator.discovery import DiscoveryResponder

SCOPES = (
    "onvif://www.onvif.org/name/Front%20door",
    "onvif://www.onvif.org/hardware/Simulator",
)
ENDPOINT = "urn:uuid:00000000-0000-4000-8000-0000000000"


async def main(addresses: list[str]) -> None:
    """Answer from every address."""
    responders = [
        DiscoveryResponder(
            endpoint=f"{ENDPOINT}{number:02}",
            scopes=lambda: SCOPES,
            xaddrs=lambda: ["http://192.168.1.88:8080/onvif/device_service"],
            interface=address,
        )
        for number, address in enumerate(addresses)
    ]
    for responder in responders:
        await responder.start()
    sys.stdout.write(json.dumps("ready") + "\n")
    sys.stdout.flush()
    while await asyncio.to_thread(sys.stdin.readline):
        for responder in responders:
            await responder.stop()
        for responder in responders:
            await responder.start()
    for responder in responders:
        await responder.stop()


if __name__ == "__main__":
    asyncio.run(main(sys.argv[1:]))
