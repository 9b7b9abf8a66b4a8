"""An RTSP server that others wrote (GStreamer's), as a script for the system's Python.

    /usr/bin/python3 gst_server.py --file F --path /main [--file G --path /sub]
        [--codec h264|h265] [--audio none|aac|pcmu] [--user U --password P] [--basic]
        [--protocols tcp|udp|all]

Prints the port and serves until its input ends. Files are Matroska.
"""

import argparse
import sys

import gi

gi.require_version("Gst", "1.0")
gi.require_version("GstRtsp", "1.0")
gi.require_version("GstRtspServer", "1.0")
from gi.repository import GLib, Gst, GstRtsp, GstRtspServer  # noqa: E402 - versions first

PAYLOADERS = {
    "h264": "h264parse config-interval=0 ! rtph264pay name=pay0 pt=96",
    "h265": "h265parse config-interval=0 ! rtph265pay name=pay0 pt=96",
}
AUDIO = {
    "none": "",
    "aac": " d. ! queue ! aacparse ! rtpmp4gpay name=pay1 pt=97",
    "pcmu": " audiotestsrc is-live=true wave=ticks ! audio/x-raw,rate=8000,channels=1"
    " ! mulawenc ! rtppcmupay name=pay1 pt=0",
}
PROTOCOLS = {
    "tcp": GstRtsp.RTSPLowerTrans.TCP,
    "udp": GstRtsp.RTSPLowerTrans.UDP,
    "all": GstRtsp.RTSPLowerTrans.TCP | GstRtsp.RTSPLowerTrans.UDP,
}


def main() -> None:
    """Serve until the input ends."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--file", action="append", required=True)
    parser.add_argument("--path", action="append", required=True)
    parser.add_argument("--codec", choices=PAYLOADERS, default="h264")
    parser.add_argument("--audio", choices=AUDIO, default="none")
    parser.add_argument("--protocols", choices=PROTOCOLS, default="all")
    parser.add_argument("--user")
    parser.add_argument("--password")
    parser.add_argument("--basic", action="store_true")
    options = parser.parse_args()

    Gst.init(None)
    server = GstRtspServer.RTSPServer()
    server.set_address("127.0.0.1")
    server.set_service("0")
    if options.user:
        auth = GstRtspServer.RTSPAuth()
        auth.set_supported_methods(
            GstRtsp.RTSPAuthMethod.BASIC
            if options.basic
            else GstRtsp.RTSPAuthMethod.DIGEST
        )
        token = GstRtspServer.RTSPToken()
        token.set_string("media.factory.role", options.user)
        if options.basic:
            auth.add_basic(
                GstRtspServer.RTSPAuth.make_basic(options.user, options.password), token
            )
        else:
            auth.add_digest(options.user, options.password, token)
        server.set_auth(auth)
    for file, path in zip(options.file, options.path, strict=True):
        factory = GstRtspServer.RTSPMediaFactory()
        factory.set_launch(
            f"( filesrc location={file} ! matroskademux name=d"
            f" d. ! queue ! {PAYLOADERS[options.codec]}{AUDIO[options.audio]} )"
        )
        factory.set_shared(True)
        factory.set_protocols(PROTOCOLS[options.protocols])
        if options.user:
            permissions = GstRtspServer.RTSPPermissions()
            role = Gst.Structure.new_empty(options.user)
            role.set_value("media.factory.access", True)
            role.set_value("media.factory.construct", True)
            permissions.add_role_from_structure(role)
            factory.set_permissions(permissions)
        server.get_mount_points().add_factory(path, factory)
    server.attach(None)
    print(server.get_bound_port(), flush=True)
    loop = GLib.MainLoop()
    GLib.io_add_watch(
        sys.stdin, GLib.PRIORITY_DEFAULT, GLib.IO_HUP, lambda *_: loop.quit()
    )
    loop.run()


if __name__ == "__main__":
    main()
