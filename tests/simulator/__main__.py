"""Starts simulated cameras from the command line."""

import argparse
import asyncio
from contextlib import AsyncExitStack
import json
import logging
from pathlib import Path
import signal
import sys
import threading
from typing import Any

from .camera import SimulatedCamera
from .control_api import describe
from .encode import default_cache
from .options import CameraOptions
from .scene import house_scene, short_scene
from .source import DrawnScene, VideoFile, small_source


def main() -> int:
    """Run until told to end (SIGINT, SIGTERM, or with --attached a closed stdin)."""
    parser = _parser()
    arguments = parser.parse_args()
    logging.basicConfig(level=logging.INFO, stream=sys.stderr)
    if arguments.cameras is None:
        cameras = [_options(arguments)]
    else:
        text: str = arguments.cameras
        if not text.lstrip().startswith("["):
            text = Path(text).read_text()
        cameras = [_options(_read(parser, camera)) for camera in json.loads(text)]
    asyncio.run(_run(cameras, as_json=arguments.json, attached=arguments.attached))
    return 0


async def _run(cameras: list[CameraOptions], *, as_json: bool, attached: bool) -> None:
    loop = asyncio.get_running_loop()
    end = asyncio.Event()
    for number in (signal.SIGINT, signal.SIGTERM):
        loop.add_signal_handler(number, end.set)
    if attached:

        def wait_for_parent() -> None:
            sys.stdin.read()
            loop.call_soon_threadsafe(end.set)

        threading.Thread(target=wait_for_parent, daemon=True).start()
    async with AsyncExitStack() as stack:
        started = [
            await stack.enter_async_context(SimulatedCamera(options))
            for options in cameras
        ]
        if as_json:
            print(json.dumps([describe(camera) for camera in started]), flush=True)
        else:
            for camera in started:
                _print(camera)
        await end.wait()


def _print(camera: SimulatedCamera) -> None:
    print(camera.options.name)
    for profile in camera.state.profiles:
        print(
            f"  {profile.token:8}{camera.rtsp_url(profile.token)}  "
            f"{profile.codec} {profile.width}x{profile.height} {profile.fps:g} fps"
        )
    if camera.onvif:
        print(f"  onvif   {camera.onvif.url}")
    print(f"  control {camera.control_url}", flush=True)


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser("python -m tests.simulator", description=__doc__)
    parser.add_argument("--name", default="Simulated")
    parser.add_argument("--host", default="127.0.0.1", help="address to listen on")
    parser.add_argument("--video", type=Path, help="video file to play in a loop")
    parser.add_argument(
        "--scene",
        choices=("day", "night", "small"),
        default="day",
        help="what is drawn where there is no --video; small: 320x180 for tests",
    )
    parser.add_argument(
        "--strip", action="store_true", help="draw each frame's number (small does)"
    )
    parser.add_argument("--codec", choices=("h264", "hevc"))
    parser.add_argument("--size", help="WIDTHxHEIGHT of the main stream")
    parser.add_argument("--fps", type=float, help="frames per second of the main one")
    parser.add_argument("--gop", type=float, help="seconds from keyframe to keyframe")
    parser.add_argument(
        "--sub", action="store_true", help="a sub stream, 640 wide (160 of small)"
    )
    parser.add_argument("--audio", choices=("aac", "pcm_alaw", "pcm_mulaw"))
    parser.add_argument("--user", help="login name; none: no login")
    parser.add_argument("--password", default="")
    parser.add_argument("--scheme", choices=("digest", "basic"), default="digest")
    parser.add_argument("--session-timeout", type=float, default=60.0)
    parser.add_argument(
        "--begin", type=float, default=0.0, help="where in the loop to begin, seconds"
    )
    parser.add_argument("--rtsp-port", type=int, default=0)
    parser.add_argument("--onvif-port", type=int, help="0: any; none: no ONVIF")
    parser.add_argument("--discovery", action="store_true", help="answer WS-Discovery")
    parser.add_argument("--control-port", type=int, default=0)
    parser.add_argument("--cache", type=Path, default=default_cache())
    parser.add_argument(
        "--cameras",
        help="several cameras: a JSON array (or a file with it) of objects that have "
        "the options above as keys, without dashes in front",
    )
    parser.add_argument("--json", action="store_true", help="print the URLs as JSON")
    parser.add_argument(
        "--attached", action="store_true", help="end when standard input is closed"
    )
    return parser


def _read(
    parser: argparse.ArgumentParser, camera: dict[str, Any]
) -> argparse.Namespace:
    arguments: list[str] = []
    for key, value in camera.items():
        flag = f"--{key.replace('_', '-')}"
        if value is True:
            arguments.append(flag)
        elif value not in (None, False):
            arguments.append(f"{flag}={value}")
    return parser.parse_args(arguments)


def _options(arguments: argparse.Namespace) -> CameraOptions:
    source = _source(arguments)
    small = arguments.scene == "small"
    sub = source.sub(160, 90, 5) if small and not arguments.video else source.sub()
    return CameraOptions(
        name=arguments.name,
        host=arguments.host,
        main=source,
        sub=sub if arguments.sub else None,
        audio=arguments.audio,
        username=arguments.user,
        password=arguments.password,
        scheme=arguments.scheme,
        session_timeout=arguments.session_timeout,
        begin=arguments.begin,
        rtsp_port=arguments.rtsp_port,
        onvif=arguments.onvif_port is not None,
        onvif_port=arguments.onvif_port or 0,
        discovery=arguments.discovery,
        control_port=arguments.control_port,
        cache=arguments.cache,
    )


def _source(arguments: argparse.Namespace) -> DrawnScene | VideoFile:
    codec, fps, gop = arguments.codec, arguments.fps, arguments.gop
    width = height = None
    if arguments.size:
        width, height = (int(part) for part in arguments.size.split("x"))
    if arguments.video:
        return VideoFile(arguments.video.resolve(), width, height, fps, gop, codec)
    drawn = (
        small_source(scene=short_scene())
        if arguments.scene == "small"
        else DrawnScene(house_scene(arguments.scene))
    )
    return DrawnScene(
        drawn.truth,
        width or drawn.width,
        height or drawn.height,
        fps or drawn.fps,
        gop or drawn.gop,
        codec or drawn.codec,
        drawn.bitrate,
        strip=arguments.strip or arguments.scene == "small",
    )


if __name__ == "__main__":
    sys.exit(main())
