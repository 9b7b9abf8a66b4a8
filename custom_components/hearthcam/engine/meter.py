"""What of a camera is counted, as rates over the time since the last asking."""

from typing import Final

from .analyst import Analyst
from .packet import TIME_BASE, Packet
from .protocol import CameraStats, Profile
from .ring import RingState

_PAUSE: Final = 3 * TIME_BASE
"""After so long without a packet the stream was away: that is no distance."""


class Meter:
    """Counts packets; other counters are read when rates are asked for."""

    def __init__(self, now: int) -> None:
        """Begin at a time in microseconds of any clock."""
        self._since = now
        self._frames = 0
        self._bytes = 0
        self._analysed = 0
        self._cpu = 0.0
        self._sub_frames = 0
        self._sub_latest = 0
        self._sub_keyframe: int | None = None
        self._sub_gop = 0

    def count(self, packet: Packet, profile: Profile) -> None:
        """Count a packet (in its stream's thread)."""
        if profile is not Profile.MAIN:
            self._count_sub(packet)
            return
        self._bytes += len(packet.data)
        self._frames += not packet.is_audio

    def _count_sub(self, packet: Packet) -> None:
        if packet.is_audio:
            return
        self._sub_frames += 1
        if not 0 <= packet.pts - self._sub_latest <= _PAUSE:
            self._sub_keyframe = None
        self._sub_latest = packet.pts
        if packet.is_keyframe:
            if self._sub_keyframe is not None:
                self._sub_gop = packet.pts - self._sub_keyframe
            self._sub_keyframe = packet.pts

    def stats(
        self, camera_id: str, now: int, analyst: Analyst, ring: RingState, viewers: int
    ) -> CameraStats:
        """Return the rates since the last call (per second), and count anew."""
        seconds = max((now - self._since) / TIME_BASE, 0.001)
        analysed, cpu = analyst.analysed_frames, analyst.cpu_seconds
        stats = CameraStats(
            camera_id=camera_id,
            fps=round(self._frames / seconds, 2),
            bitrate=round(self._bytes * 8 / 1000 / seconds, 1),
            gop=round(ring.gop, 2),
            ring_seconds=round(ring.seconds, 1),
            ring_bytes=ring.size,
            rung=analyst.rung,
            analysed_fps=round((analysed - self._analysed) / seconds, 2),
            viewers=viewers,
            analysis_ms=round((cpu - self._cpu) * 1000 / seconds, 2),
            governor=analyst.pace.label,
            sub_fps=round(self._sub_frames / seconds, 2),
            sub_gop=round(self._sub_gop / TIME_BASE, 2) if self._sub_frames else 0.0,
        )
        self._since, self._analysed, self._cpu = now, analysed, cpu
        self._frames = self._bytes = self._sub_frames = 0
        return stats
