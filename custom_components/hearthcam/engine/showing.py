"""What is shown of one camera, through the mask: live video and stills."""

from collections.abc import Callable
from contextlib import suppress
from threading import RLock
from typing import Final

from .clock import Clock
from .guard import Guard
from .masking.broadcast import BURST, Broadcast, ClearBroadcast, Viewer
from .masking.curtain import Curtain
from .masking.effort import Effort
from .masking.encoders import available
from .masking.mask import Mask, MaskError
from .masking.masked_broadcast import MASKED_BURST, MaskedBroadcast
from .masking.shutter import ShutterError, shutter_jpeg
from .masking.shutter_broadcast import ShutterBroadcast
from .packet import TIME_BASE, AudioParameters, Packet, VideoParameters
from .protocol import BlockCause, ConfigureCamera, Means, Output, PrivacyZone, Report
from .ring import Ring
from .stills import StillCache
from .trials import Trials

_ATTEMPTS: Final = 3


class Showing:
    """Everybody who looks at one camera, and what is hidden from them.

    ``lock`` is the camera's, which holds it in all calls but `add`, `remove` and
    `still`, of which any thread may make use. ``is_live`` tells under it whether the
    stream is there. Clips are told of ``curtain`` and ``guard``.
    """

    def __init__(
        self,
        config: ConfigureCamera,
        ring: Ring,
        report: Callable[[Report], None],
        clock: Clock,
        lock: RLock,
        is_live: Callable[[], bool],
        effort: Effort,
    ) -> None:
        """Hide what is to be hidden, from the very first packet on."""
        self._config = config
        self._ring = ring
        self._clock = clock
        self._lock = lock
        self._is_live = is_live
        self._effort = effort
        # The zones that the camera was seen to black out by itself.
        self._at_source: frozenset[PrivacyZone] = frozenset()
        self._changed_at = 0
        self._changes = 0
        self.curtain = Curtain(self._to_hide())
        self.guard = Guard(config.camera_id, report)
        self._streams: tuple[VideoParameters, AudioParameters | None] | None = None
        self._broadcast: Broadcast | None = None
        self._trials = Trials()
        self._stills = StillCache()
        self._say(anew=True)

    def __len__(self) -> int:
        """Return how many watch."""
        return len(self._broadcast) if self._broadcast is not None else 0

    # --- what is hidden --------------------------------------------------------

    def configure(self, config: ConfigureCamera) -> bool:
        """Hide something else; True where that changed what is hidden.

        When this returns, nobody gets anything any more that was let pass before.
        """
        old, self._config = self._config, config
        # A zone that was moved is another one.
        self._at_source &= frozenset(config.privacy)
        changed = self._hide()
        if (old.shut, old.blocked) != (config.shut, config.blocked):
            self._trials.let_in(None)
            self._cut()
        self._say(anew=True)
        return changed

    def sources_seen(self, zones: frozenset[PrivacyZone]) -> bool:
        """Let the camera black out these zones by itself, and no others.

        True where that changed what is hidden here.
        """
        at_source = zones & frozenset(self._config.privacy)
        if at_source == self._at_source:
            return False
        self._at_source = at_source
        changed = self._hide()
        self._say()
        return changed

    def _to_hide(self) -> Mask:
        zones = self._config.privacy
        return Mask.of(zone for zone in zones if zone not in self._at_source)

    def _hide(self) -> bool:
        # Later than all that came, whatever time the camera's packets have.
        now = max(self._clock.now(), self._ring.state().newest + 1)
        if not self.curtain.set(self._to_hide(), now):
            return False
        self._changed_at = now
        self._cut()
        return True

    def _cut(self) -> None:
        """End all that is being shown."""
        self._changes += 1
        self.close()
        self._stills.clear()

    def _say(self, *, anew: bool = False) -> None:
        config = self._config
        means = Means.ENGINE
        if config.blocked is not None:
            means = Means.BLOCKED
        elif config.shut:
            means = Means.SHUT
        elif not config.privacy:
            means = Means.NONE
        elif not self.curtain.mask:
            means = Means.CAMERA
        self.guard.set(
            means,
            config.blocked,
            tuple(sorted(zone.zone_id for zone in self._at_source)),
            tuple(sorted(Mask.of(config.privacy).marks)),
            anew=anew,
        )
        if means is Means.ENGINE and not available().names:
            # Known before anybody asks; stills need none.
            for output in (Output.LIVE, Output.CLIPS):
                self.guard.failed(output, BlockCause.NO_ENCODER)

    # --- live ------------------------------------------------------------------

    def is_another(self, video: VideoParameters, audio: AudioParameters | None) -> bool:
        """Tell whether no clip and no viewer can go on with a stream like that."""
        if self._streams is None:
            return False
        before, sound = self._streams
        return not before.same_picture(video) or sound != audio

    def parameters(self, video: VideoParameters, audio: AudioParameters | None) -> None:
        """Take note of what the packets are; viewers cannot go on with other ones."""
        if self.is_another(video, audio):
            self._cut()
        self._streams = video, audio

    def packet(self, packet: Packet) -> None:
        """Send the newest packet to whoever watches."""
        if self._broadcast is not None:
            self._broadcast.offer(packet)
        self._trials.offer(packet)

    def let_in(self, key: str | None) -> None:
        """Show a camera that leaked to whoever brings a key, and to nobody else."""
        with self._lock:
            self._trials.let_in(key)

    def _is_let_in(self, key: str | None) -> bool:
        leaked = self._config.blocked is BlockCause.LEAKED and not self._config.shut
        return leaked and self._trials.admits(key)

    def add(self, viewer: Viewer, key: str | None = None) -> bool:
        """Send a viewer the past seconds and all that follows; False: nothing."""
        with self._lock:
            if self._is_let_in(key):
                return self._trials.add(self._open(trial=True), viewer)
            if (broadcast := self._broadcast) is not None and broadcast.add(viewer):
                return True
            self._broadcast = self._open()
            return self._broadcast is not None and self._broadcast.add(viewer)

    def remove(self, viewer: Viewer) -> None:
        """Stop sending to a viewer."""
        with self._lock:
            if self._broadcast is not None:
                self._broadcast.remove(viewer)
            self._trials.remove(viewer)

    def close(self) -> Broadcast | None:
        """End everybody's live video; who comes back gets what may be seen then.

        Returns what was sent, whose thread may take a moment to end.
        """
        self._trials.end()
        broadcast, self._broadcast = self._broadcast, None
        if broadcast is not None:
            broadcast.close()
        return broadcast

    def look_after(self) -> None:
        """End live video without a stream; try again what could not be masked."""
        if self._config.shut:
            return
        if not self._is_live():
            self.close()
        elif self._broadcast is not None and self._broadcast.stuck:
            self.close()
            self.guard.failed(Output.LIVE, BlockCause.MASK_FAILED)
        elif (self._broadcast is None or self._broadcast.closed) and any(
            self.guard.is_due(output) for output in (Output.LIVE, Output.STILL)
        ):
            # Nobody asks for what is said to be unavailable.
            self._broadcast = self._open()

    def _open(self, *, trial: bool = False) -> Broadcast | None:
        if not (trial or self.guard.allows(Output.LIVE)):
            return None
        if self._config.shut:
            with suppress(ShutterError):
                return ShutterBroadcast(self._clock.now)
            return None
        if self._streams is None or not self._ring.last_gop() or not self._is_live():
            return None
        if not (mask := self.curtain.mask):
            return ClearBroadcast(*self._streams, self._past, self._changed_at)
        return MaskedBroadcast(
            *self._streams,
            mask,
            self._past_to_mask(),
            self._changed_at,
            self._effort,
            on_shown=self._shown,
            on_failed=self._failed,
        )

    def _past(self, seconds: float = BURST) -> list[Packet]:
        """Return the past from the first keyframe that today's mask suffices for."""
        packets = self._ring.since(self._clock.now() - int(seconds * TIME_BASE))
        mask = self.curtain.mask
        for number, packet in enumerate(packets):
            if packet.is_keyframe and not packet.is_audio:
                if mask.covers(self.curtain.since(packet.pts)):
                    return packets[number:]
        return []

    def _past_to_mask(self) -> list[Packet]:
        past = self._past(MASKED_BURST)
        if past and past[-1].pts - past[0].pts > 2 * MASKED_BURST * TIME_BASE:
            return self._past(0.0)
        return past

    def _shown(self) -> None:
        self.guard.works(Output.LIVE)
        # What can be painted for one can be for the other.
        self.guard.works(Output.STILL)

    def _failed(self, error: MaskError) -> None:
        self.guard.failed(Output.LIVE, error.cause)

    # --- stills ----------------------------------------------------------------

    def newest(self) -> tuple[VideoParameters, list[Packet]] | None:
        """Return the raw pictures since the last keyframe, which are not to be shown."""
        with self._lock:
            gop, streams = self._ring.last_gop(), self._streams
            return (streams[0], gop) if streams is not None and gop else None

    def still(
        self, width: int | None, fresh: bool, key: str | None = None
    ) -> bytes | None:
        """Return a JPEG of the last keyframe, or of the last frame; None without one.

        Blocks while decoding; the picture is kept for the next who asks the same.
        """
        for _ in range(_ATTEMPTS):
            with self._lock:
                changes, shut = self._changes, self._config.shut
                gop, streams = self._ring.last_gop(), self._streams
                if not (self._is_let_in(key) or self.guard.allows(Output.STILL)):
                    return None
                if shut:
                    return shutter_jpeg(width)
                if streams is None or not gop or not self._is_live():
                    return None
                # Its other pictures show what the keyframe did, where nothing moves.
                mask = self.curtain.since(gop[0].pts)
            try:
                picture = self._stills.get(streams[0], gop, mask, width, fresh=fresh)
            except MaskError as error:
                self.guard.failed(Output.STILL, error.cause)
                return None
            with self._lock:
                if changes == self._changes:
                    if picture is not None:
                        self.guard.works(Output.STILL)
                    return picture
            # What is hidden changed while it was being made.
        return None
