"""One profile of a camera: its source, and what is known of its stream."""

import socket
from typing import Final, Protocol

from ..privacy.local_only import Resolver
from .clock import Clock
from .packet import TIME_BASE, AudioParameters, Packet, VideoParameters
from .protocol import Profile, StreamError, StreamInfo, StreamSource, StreamStatus
from .source import Source

PATIENCE: Final = 15.0
"""Seconds viewers wait for a stream that broke off, and detection for the sub."""


class FeedOwner(Protocol):
    """Who is told what a feed brings, in the thread of its source."""

    def stream_opened(
        self, profile: Profile, video: VideoParameters, audio: AudioParameters | None
    ) -> None:
        """The stream has these parameters from here on."""

    def stream_packet(self, profile: Profile, packet: Packet) -> None:
        """A packet came."""

    def stream_state(
        self,
        profile: Profile,
        status: StreamStatus,
        error: StreamError | None,
        info: StreamInfo | None,
    ) -> None:
        """The stream came or went."""


class Feed:
    """Passes one source on to its camera until it is detached."""

    def __init__(
        self,
        owner: FeedOwner,
        profile: Profile,
        name: str,
        source: StreamSource,
        clock: Clock,
        resolver: Resolver = socket.getaddrinfo,
    ) -> None:
        """Prepare; call `start`."""
        self._owner = owner
        self._profile = profile
        self._clock = clock
        self._detached = False
        self._source = Source(name, source, self, clock, resolver=resolver)
        self.online = False
        self.failed = False
        # When (µs of the clock) it came or went.
        self.changed = clock.now()
        self.video: VideoParameters | None = None
        self._told: tuple[StreamStatus, StreamError | None, StreamInfo | None] | None
        self._told = None

    def start(self) -> None:
        """Begin to connect."""
        self._source.start()

    def detach(self) -> None:
        """Stop; a read over UDP may end seconds later, and nobody listens any more."""
        self._detached = True
        self._source.stop()

    def check(self) -> None:
        """Notice a stream that fell silent; called every few seconds."""
        self._source.check()

    def seconds_offline(self) -> float:
        """Return for how long the stream has been away; 0 while it is there."""
        if self.online:
            return 0.0
        return (self._clock.now() - self.changed) / TIME_BASE

    def opened(self, video: VideoParameters, audio: AudioParameters | None) -> None:
        """Take the parameters of what follows."""
        if not self._detached:
            self.video = video
            self._owner.stream_opened(self._profile, video, audio)

    def packet(self, packet: Packet) -> None:
        """Take a packet."""
        if not self._detached:
            self._owner.stream_packet(self._profile, packet)

    def state(
        self, status: StreamStatus, error: StreamError | None, info: StreamInfo | None
    ) -> None:
        """Take note that the stream came or went."""
        if self._detached:
            return
        if self._told == (status, error, info):
            # Another attempt that failed in the same way.
            return
        self._told = status, error, info
        self.failed |= status is StreamStatus.OFFLINE
        online = status is StreamStatus.ONLINE
        if online != self.online:
            self.changed = self._clock.now()
        self.online = online
        self._owner.stream_state(self._profile, status, error, info)


class Feeds:
    """A camera's streams, and which of them can be relied on."""

    def __init__(
        self, owner: FeedOwner, camera_id: str, clock: Clock, resolver: Resolver
    ) -> None:
        """Start with none."""
        self._owner = owner
        self._camera_id = camera_id
        self._clock = clock
        self._resolver = resolver
        self._feeds: dict[Profile, Feed] = {}

    def use(self, profile: Profile, source: StreamSource | None) -> None:
        """Connect to a source instead of the one before, or to none any more."""
        if (old := self._feeds.pop(profile, None)) is not None:
            old.detach()
        if source is not None:
            name = f"{self._camera_id}/{profile.value}"
            feed = Feed(self._owner, profile, name, source, self._clock, self._resolver)
            self._feeds[profile] = feed
            feed.start()

    def check(self) -> None:
        """Notice streams that fell silent; called every few seconds."""
        for feed in tuple(self._feeds.values()):
            feed.check()

    def is_online(self, profile: Profile) -> bool:
        """Tell whether packets of a profile may come."""
        feed = self._feeds.get(profile)
        return feed is not None and feed.online

    def is_coming(self, profile: Profile) -> bool:
        """Tell whether a profile is there, or is being connected for the first time."""
        feed = self._feeds.get(profile)
        return feed is not None and (feed.online or not feed.failed)

    def is_expected(self, profile: Profile) -> bool:
        """Tell whether a profile is there, or has not been away for long."""
        feed = self._feeds.get(profile)
        return feed is not None and feed.seconds_offline() < PATIENCE

    def video(self, profile: Profile) -> VideoParameters | None:
        """Return what a profile's packets are, where that is known."""
        feed = self._feeds.get(profile)
        return None if feed is None else feed.video

    def to_analyse(self, analysed: Profile) -> Profile:
        """Return what to analyse, going by what is: the main without a sub stream."""
        if self.is_online(Profile.SUB):
            return Profile.SUB
        return analysed if self.is_expected(Profile.SUB) else Profile.MAIN
