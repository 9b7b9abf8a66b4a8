"""What of a camera is counted, as rates over the time since the last asking."""

from .analyst import Analyst
from .packet import TIME_BASE, Packet
from .protocol import CameraStats
from .ring import RingState


class Meter:
    """Counts packets; other counters are read when rates are asked for."""

    def __init__(self, now: int) -> None:
        """Begin at a time in microseconds of any clock."""
        self._since = now
        self._frames = 0
        self._bytes = 0
        self._analysed = 0
        self._cpu = 0.0

    def count(self, packet: Packet) -> None:
        """Count a packet."""
        self._bytes += len(packet.data)
        self._frames += not packet.is_audio

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
        )
        self._since, self._analysed, self._cpu = now, analysed, cpu
        self._frames = self._bytes = 0
        return stats
