"""The description of a stream that DESCRIBE answers with (RFC 4566)."""

import base64

from .audio import AudioTrack
from .track import VIDEO_CLOCK, VIDEO_PAYLOAD_TYPE, VideoTrack

CONTROLS = {"trackID=1": "video", "trackID=2": "audio"}


def describe(
    name: str,
    host: str,
    media_host: str,
    track: VideoTrack,
    audio: AudioTrack | None,
    base: str = "",
) -> str:
    """Return the SDP of a stream.

    With a ``base`` (a URL) it names that for its tracks, and where they come from.
    """
    network = "IN IP6" if ":" in media_host else "IN IP4"
    origin = f"{network} {media_host}" if base else f"IN IP4 {host}"
    lines = [
        "v=0",
        f"o=- 1 1 {origin}",
        f"s={name}",
        f"c={network} {media_host}",
        "t=0 0",
        f"a=control:{base or '*'}",
        "a=range:npt=now-",
        *([f"a=source-filter: incl {network} * {media_host}"] if base else ()),
        f"m=video 0 RTP/AVP {VIDEO_PAYLOAD_TYPE}",
        f"b=AS:{track.bitrate // 1000}",
        *(f"a={line}" for line in _video(track)),
        f"a=framerate:{track.fps:g}",
        f"a=control:{base}trackID=1",
    ]
    if audio:
        lines += [
            f"m=audio 0 RTP/AVP {audio.payload_type}",
            *(f"a={line}" for line in audio.description),
            f"a=control:{base}trackID=2",
        ]
    return "\r\n".join([*lines, ""])


def _video(track: VideoTrack) -> tuple[str, str]:
    sets = [base64.b64encode(nal).decode() for nal in track.parameter_sets]
    kind = VIDEO_PAYLOAD_TYPE
    if track.codec == "h264":
        # RFC 6184, 8.1.
        profile = track.parameter_sets[0][1:4].hex().upper()
        return (
            f"rtpmap:{kind} H264/{VIDEO_CLOCK}",
            f"fmtp:{kind} packetization-mode=1;profile-level-id={profile}"
            f";sprop-parameter-sets={','.join(sets)}",
        )
    # RFC 7798, 7.1.
    names = ("sprop-vps", "sprop-sps", "sprop-pps")
    values = ";".join(f"{n}={v}" for n, v in zip(names, sets, strict=True))
    return f"rtpmap:{kind} H265/{VIDEO_CLOCK}", f"fmtp:{kind} {values}"
