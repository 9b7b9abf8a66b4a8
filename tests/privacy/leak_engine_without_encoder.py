"""The true engine on a machine whose FFmpeg has no encoder of H.264.

Run as ``python -P leak_engine_without_encoder.py …/engine/__main__.py …``.
"""

import runpy
import sys

import av

if __name__ == "__main__":
    for name in [name for name in av.codecs_available if "264" in name]:
        if name != "h264":
            av.codecs_available.discard(name)
    sys.argv = sys.argv[1:]
    runpy.run_path(sys.argv[0], run_name="__main__")
