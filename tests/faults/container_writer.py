"""Writes one clip in several forms at once until it is killed; prints each frame."""

from pathlib import Path
import sys
import time
from types import ModuleType

# The engine alone: the integration itself would import Home Assistant, for seconds.
_package = ModuleType("custom_components.hearthcam")
_package.__path__ = [str(Path(__file__).parents[2] / "custom_components" / "hearthcam")]
sys.modules.setdefault(_package.__name__, _package)

from custom_components.hearthcam.engine.clip_file import MP4_OPTIONS  # noqa: E402 - after the stand-in for the package
from custom_components.hearthcam.engine.masking.shown import ShownPacket  # noqa: E402 - the same
from custom_components.hearthcam.engine.mux import Muxer  # noqa: E402 - the same
from tests.engine.samples import video  # noqa: E402 - the same

FORMS = {
    "plain": {"flush_packets": "1"},
    "fragmented": {
        "movflags": "frag_keyframe+empty_moov",
        "flush_packets": "1",
    },
    "ours": MP4_OPTIONS,
}
FASTER = 20


def main(folder: Path) -> None:
    """Write 30 s of video, so many times faster than they last."""
    parameters, raw = video(30.0, gop=40)
    packets = [ShownPacket.of(packet) for packet in raw]
    muxers = [
        Muxer(
            str(folder / f"{name}.mp4"), "mp4", packets[0], parameters, None, options=o
        )
        for name, o in FORMS.items()
    ]
    for number, packet in enumerate(packets, 1):
        for muxer in muxers:
            muxer.write(packet)
        sys.stdout.write(f"{number}\n")
        sys.stdout.flush()
        time.sleep(0.1 / FASTER)


if __name__ == "__main__":
    main(Path(sys.argv[1]))
