"""What of a camera is counted, as rates over the time since the last asking."""

from dataclasses import dataclass

from .packet import TIME_BASE, Packet


@dataclass(frozen=True, slots=True)
class Rates:
    """Per second: frames and kbit that arrived, pictures analysed, CPU-ms for it."""

    fps: float
    bitrate: float
    analysed_fps: float
    analysis_ms: float


class Meter:
    """Counts packets; other counters are told when rates are asked for."""

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

    def rates(self, now: int, analysed: int, cpu_seconds: float) -> Rates:
        """Return the rates since the last call, and count anew.

        ``analysed`` pictures and ``cpu_seconds`` are totals.
        """
        seconds = max((now - self._since) / TIME_BASE, 0.001)
        rates = Rates(
            fps=round(self._frames / seconds, 2),
            bitrate=round(self._bytes * 8 / 1000 / seconds, 1),
            analysed_fps=round((analysed - self._analysed) / seconds, 2),
            analysis_ms=round((cpu_seconds - self._cpu) * 1000 / seconds, 2),
        )
        self._since, self._analysed, self._cpu = now, analysed, cpu_seconds
        self._frames = self._bytes = 0
        return rates
