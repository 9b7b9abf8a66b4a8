"""What is known of a camera by ONVIF."""

from collections.abc import Mapping
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class DiscoveredCamera:
    """A camera that answered a WS-Discovery probe or said hello.

    Attributes:
        epr: endpoint reference, lower case (``urn:uuid:…``), stable over addresses.
        host: address literal it is reached at (the answer's sender), no brackets.
        port: TCP port of its device service.
        path: path of its device service.
        tls: whether that is HTTPS.
        name: from its scopes, may be what the owner typed.
        hardware: from its scopes; usually the model.
        manufacturer: from its scopes, rarely there.
        mac: from its scopes (``aa:bb:cc:dd:ee:ff``), rarely there.
        shares_epr: another address answered with the same endpoint reference: it is
            either a second address of this camera or another one of a careless maker.
            The endpoint does not identify it then, before its MAC or serial is known.
    """

    epr: str | None
    host: str
    port: int
    path: str
    tls: bool = False
    name: str | None = None
    hardware: str | None = None
    manufacturer: str | None = None
    mac: str | None = None
    shares_epr: bool = False


@dataclass(frozen=True, slots=True)
class CameraDescription:
    """Who a camera is.

    Attributes:
        serial: None when missing or a placeholder (``000000``).
        mac: ``aa:bb:cc:dd:ee:ff`` of the interface we talk to.
        clock_offset: seconds to add to our clock to get the camera's, None when it
            does not tell its time.
    """

    manufacturer: str | None = None
    model: str | None = None
    firmware: str | None = None
    hardware: str | None = None
    serial: str | None = None
    mac: str | None = None
    epr: str | None = None
    clock_offset: float | None = None

    @property
    def unique_id(self) -> str | None:
        """What identifies the camera for ever: MAC, else serial, else endpoint."""
        return self.mac or self.serial or self.epr

    def unique_id_beside(self, others: Mapping[str, str | None]) -> str | None:
        """Return what identifies it among others: their ids and endpoints.

        A serial that another endpoint has too is none: makers have given the same to
        a whole batch. The endpoint stands in for it then. Without an endpoint it is
        taken to be the camera that is known.
        """
        taken = self.unique_id
        if taken is None or taken == self.mac or taken not in others:
            return taken
        if self.epr is None or others[taken] in (None, self.epr):
            return taken
        return self.epr


@dataclass(frozen=True, slots=True)
class MediaProfile:
    """One media profile, as the camera declares it: not always true.

    Attributes:
        codec: ``h264``, ``h265``, ``mjpeg``, ``mpeg4`` or the camera's word in lower
            case; None without a video encoder.
        width: pixels, None when not told; the same for height.
        fps: frames per second, the limit that is set.
        bitrate: kbit/s, the limit that is set.
        gop: frames from keyframe to keyframe.
        audio_codec: ``aac``, ``pcm_mulaw``, ``pcm_alaw``, ``g711`` (which of the two
            is not told), ``g726``, or the camera's word in lower case.
        source: token of the video source; recorders have one for each channel.
        source_configuration: token of how the source is used, which events may name.
        encoder: token of the video encoder configuration, which profiles may share.
        ptz_node: token of the node that moves it, empty where that is not told; None
            when this profile does not move.
        analytics: token of the video analytics configuration.
    """

    token: str
    name: str
    codec: str | None = None
    width: int | None = None
    height: int | None = None
    fps: float | None = None
    bitrate: int | None = None
    gop: int | None = None
    audio_codec: str | None = None
    source: str | None = None
    source_configuration: str | None = None
    encoder: str | None = None
    ptz_node: str | None = None
    analytics: str | None = None


@dataclass(frozen=True, slots=True)
class EncoderSettings:
    """How a video encoder is set; None where the camera does not tell.

    Attributes:
        codec, width, height, fps, bitrate, gop: as in `MediaProfile`.
        quality: in the camera's own range.
        profile: ``Main``, ``High``…, as the camera writes it.
        use_count: how many profiles share the encoder.
    """

    token: str | None = None
    codec: str | None = None
    width: int | None = None
    height: int | None = None
    fps: float | None = None
    bitrate: int | None = None
    gop: int | None = None
    quality: float | None = None
    profile: str | None = None
    constant_bitrate: bool | None = None
    use_count: int | None = None
