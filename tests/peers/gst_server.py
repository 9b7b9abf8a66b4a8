"""An RTSP server that others wrote (GStreamer's), as a script for the system's Python.

    /usr/bin/python3 gst_server.py --file F --path /main [--host A] [--port N]
        [--codec h264|hevc|mjpeg] [--audio none|aac|pcm_mulaw] [--protocols tcp|udp|all]
        [--user U --password P [--basic]]
    /usr/bin/python3 gst_server.py --check

Plays a Matroska file in real time, from its beginning when the first client plays;
as mjpeg, a picture of its own (JPEG in RTP, without a file).
Parameter sets go into the SDP only. Prints the port, and serves until its input
ends. --check prints what is missing here, and serves nothing.
"""

import argparse
import sys

import gi

gi.require_version("Gst", "1.0")
gi.require_version("GstRtsp", "1.0")
gi.require_version("GstRtspServer", "1.0")
from gi.repository import GLib, Gst, GstRtsp, GstRtspServer  # noqa: E402 - versions first

VIDEO = {
    "h264": "h264parse config-interval=0 ! rtph264pay config-interval=0",
    "hevc": "h265parse config-interval=0 ! rtph265pay config-interval=0",
}
MJPEG = (
    "videotestsrc is-live=true pattern=ball"
    " ! video/x-raw,format=I420,width=320,height=184,framerate=10/1"
    " ! jpegenc ! rtpjpegpay name=pay0 pt=26"
)
AUDIO = {
    "aac": "aacparse ! rtpmp4gpay pt=97",
    "pcm_mulaw": "mulawenc ! rtppcmupay pt=0",
}
PROTOCOLS = {
    "tcp": GstRtsp.RTSPLowerTrans.TCP,
    "udp": GstRtsp.RTSPLowerTrans.UDP,
    "all": GstRtsp.RTSPLowerTrans.TCP | GstRtsp.RTSPLowerTrans.UDP,
}
ELEMENTS = (
    "matroskademux",
    "h264parse",
    "h265parse",
    "aacparse",
    "mulawenc",
    "rtph264pay",
    "rtph265pay",
    "rtpmp4gpay",
    "rtppcmupay",
    "jpegenc",
    "rtpjpegpay",
)


def login(user: str, password: str, *, basic: bool) -> GstRtspServer.RTSPAuth:
    """Return what asks every client for this login."""
    auth = GstRtspServer.RTSPAuth()
    token = GstRtspServer.RTSPToken()
    token.set_string("media.factory.role", user)
    if basic:
        auth.set_supported_methods(GstRtsp.RTSPAuthMethod.BASIC)
        auth.add_basic(GstRtspServer.RTSPAuth.make_basic(user, password), token)
    else:
        auth.set_supported_methods(GstRtsp.RTSPAuthMethod.DIGEST)
        auth.add_digest(user, password, token)
    return auth


def permissions(user: str) -> GstRtspServer.RTSPPermissions:
    """Return what lets a user watch; without any, a server with logins says 404."""
    role = Gst.Structure.new_empty(user)
    role.set_value("media.factory.access", True)
    role.set_value("media.factory.construct", True)
    result = GstRtspServer.RTSPPermissions()
    result.add_role_from_structure(role)
    return result


def main() -> None:
    """Serve until the input ends."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--check", action="store_true")
    parser.add_argument("--file")
    parser.add_argument("--path", default="/main")
    parser.add_argument("--host", default="127.0.0.1")
    parser.add_argument("--port", default="0")
    parser.add_argument("--codec", choices=[*VIDEO, "mjpeg"], default="h264")
    parser.add_argument("--audio", choices=["none", *AUDIO], default="none")
    parser.add_argument("--protocols", choices=PROTOCOLS, default="all")
    parser.add_argument("--user")
    parser.add_argument("--password")
    parser.add_argument("--basic", action="store_true")
    options = parser.parse_args()

    Gst.init(None)
    if options.check:
        print(*(name for name in ELEMENTS if not Gst.ElementFactory.find(name)))
        return
    server = GstRtspServer.RTSPServer()
    server.set_address(options.host)
    server.set_service(options.port)
    if options.codec == "mjpeg":
        launch = f"( {MJPEG}"
    else:
        launch = (
            f"( filesrc location={options.file} ! matroskademux name=d"
            f" d. ! queue ! {VIDEO[options.codec]} name=pay0 pt=96"
        )
    if options.audio in AUDIO:
        launch += f" d. ! queue ! {AUDIO[options.audio]} name=pay1"
    factory = GstRtspServer.RTSPMediaFactory()
    factory.set_launch(f"{launch} )")
    factory.set_shared(True)
    factory.set_protocols(PROTOCOLS[options.protocols])
    if options.user:
        server.set_auth(login(options.user, options.password, basic=options.basic))
        factory.set_permissions(permissions(options.user))
    server.get_mount_points().add_factory(options.path, factory)
    if not server.attach(None):
        sys.exit("the port is taken")
    print(server.get_bound_port(), flush=True)
    loop = GLib.MainLoop()
    GLib.io_add_watch(
        sys.stdin, GLib.PRIORITY_DEFAULT, GLib.IO_HUP, lambda *_: loop.quit()
    )
    loop.run()


if __name__ == "__main__":
    main()
