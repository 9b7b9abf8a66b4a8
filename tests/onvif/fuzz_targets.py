"""The parsers of the services, for the mutation run, and messages to mutate.

Each takes bytes as they come from the network; it may raise `OnvifError` only. What
is read of an answer is read whatever the answer is called, so that every message of
the corpus reaches every parser.
"""

from collections.abc import Callable
from dataclasses import dataclass
from xml.etree.ElementTree import Element

from custom_components.hearthcam.onvif.auth import (
    Credentials,
    DigestLogin,
    parse_challenges,
)
from custom_components.hearthcam.onvif.clock import camera_time, http_time
from custom_components.hearthcam.onvif.control.analytics import read_rules
from custom_components.hearthcam.onvif.control.auxiliary import read_auxiliaries
from custom_components.hearthcam.onvif.control.durations import seconds
from custom_components.hearthcam.onvif.control.encoder_change import (
    EncoderChange,
    changed_configuration,
)
from custom_components.hearthcam.onvif.control.encoder_options import read_options
from custom_components.hearthcam.onvif.control.imaging import (
    changed_settings,
    read_settings,
)
from custom_components.hearthcam.onvif.control.io import read_inputs, read_relays
from custom_components.hearthcam.onvif.control.ptz import (
    read_nodes,
    read_presets,
    read_status,
)
from custom_components.hearthcam.onvif.control.timekeeping import read_ntp, read_time
from custom_components.hearthcam.onvif.errors import OnvifResponseError
from custom_components.hearthcam.onvif.identity import interface_mac
from custom_components.hearthcam.onvif.masks import (
    mask_body,
    read_mask_options,
    read_masks,
)
from custom_components.hearthcam.onvif.media import parse_profiles, read_encoder
from custom_components.hearthcam.onvif.outline import same
from custom_components.hearthcam.onvif.outline_around import shields
from custom_components.hearthcam.onvif.probe import parse_announcement, parse_bye
from custom_components.hearthcam.onvif.qualified import (
    child,
    parse_qualified,
    serialise,
)
from custom_components.hearthcam.onvif.services import read_capabilities, read_services
from custom_components.hearthcam.onvif.xmltree import find, parse
from tests.simulator.onvif_xml import envelope

SENDER = "10.0.0.5"
_ZONE = ((0.25, 0.25), (0.5, 0.25), (0.375, 0.5))
_MAX_CORNER = 1000.0
_HOST = "10.0.0.9"


@dataclass(frozen=True, slots=True)
class Target:
    """One parser, and messages that it understands."""

    name: str
    parser: Callable[[bytes], object]
    corpus: tuple[bytes, ...]


def message_of(data: bytes) -> Element:
    """Return the message of an answer, whatever it is called; the root without."""
    root = parse(data)
    body = find(root, "Body")
    return body[0] if body is not None and len(body) else root


def qualified_message(data: bytes) -> Element:
    """Return the message with its namespaces; the root where there is no body."""
    root = parse_qualified(data)
    body = child(root, "Body")
    return body[0] if body is not None and len(body) else root


def device(data: bytes) -> object:
    """Read what the device service says."""
    message = message_of(data)
    return (
        read_time(message),
        read_ntp(message),
        camera_time(message),
        interface_mac(message, SENDER),
        read_services(message),
        read_capabilities(message),
        read_relays(message),
    )


def media(data: bytes) -> object:
    """Read what the media services say."""
    message = message_of(data)
    return parse_profiles(message), read_encoder(message), read_options(message)


def control(data: bytes) -> object:
    """Read what the PTZ, imaging, analytics and DeviceIO services say."""
    message = message_of(data)
    nodes = read_nodes(message)
    words = [word for node in nodes for word in node.auxiliary]
    return (
        read_auxiliaries(words, by_ptz=True),
        read_presets(message),
        read_status(message),
        read_settings(message, message),
        read_inputs(message),
        read_rules(message),
    )


def masks(data: bytes) -> object:
    """Read what the media service says of masks; what is told is sent again."""
    message = message_of(data)
    options = read_mask_options(message)
    found = read_masks(message)
    for mask in found:
        if not mask.outline:
            continue
        if any(abs(value) > _MAX_CORNER for corner in mask.outline for value in corner):
            continue
        body = mask_body(mask.token, "c", mask.outline, mask.colour)
        again = parse(f"<R>{body.replace('Mask', 'Masks')}</R>".encode())
        (sent,) = read_masks(again)
        if not same(sent.outline, mask.outline, 1e-5):
            raise AssertionError("another shape")
        shields(mask.outline, _ZONE, 0.01)
    return found or (options if options.can_black_out else None)


def encoder_change(data: bytes) -> object:
    """Change the configuration that a message is taken for, and read it again."""
    message = qualified_message(data)
    change = EncoderChange(codec="h264", width=640, height=360, fps=10, gop=20)
    for is_media2 in (False, True):
        sent = serialise(changed_configuration(message, change, is_media2=is_media2))
        again = read_encoder(parse(sent.encode()))
        if (again.width, again.fps) != (640, 10.0):
            raise AssertionError("the change is lost")
    return sent


def picture_change(data: bytes) -> object:
    """Change settings that a message is taken for, and read them again."""
    message = qualified_message(data)
    for path in (("Brightness",), ("Exposure", "Mode")):
        for whole in (False, True):
            changed = changed_settings(message, path, "AUTO", whole=whole)
            again = child(parse_qualified(serialise(changed).encode()), *path)
            if again is None or again.text != "AUTO":
                raise AssertionError("the change is lost")
    return changed


def kept(data: bytes) -> object:
    """Write what was read with its namespaces: it reads the same again."""
    tree = parse_qualified(data)
    try:
        again = parse_qualified(serialise(tree).encode())
    except OnvifResponseError:
        # Longer than what is read at once, by the namespaces that are spelt out.
        return None
    if [e.tag for e in tree.iter()] != [e.tag for e in again.iter()]:
        raise AssertionError("an element is lost")
    if [e.attrib for e in tree.iter()] != [e.attrib for e in again.iter()]:
        raise AssertionError("an attribute is lost")
    return again


def datagram(data: bytes) -> object:
    """Read a datagram of WS-Discovery."""
    return parse_announcement(data, SENDER), parse_bye(data, SENDER)


def challenge(data: bytes) -> object:
    """Read the headers of an answer."""
    text = data.decode("utf-8", errors="surrogateescape")
    http_time(text[:64])
    seconds(text[:32])
    challenges = parse_challenges([text])
    login = DigestLogin.of(challenges)
    if login is None:
        return None
    header = login.header(Credentials("user", "pass:word"), "POST", "/x", b"")
    if "\n" in header or "\r" in header or "pass:word" in header:
        raise AssertionError("not a header")
    return header


_NODE = (
    '<tptz:GetNodesResponse><tptz:PTZNode token="n"><tt:SupportedPTZSpaces>'
    "<tt:ContinuousPanTiltVelocitySpace><tt:XRange><tt:Min>-1</tt:Min><tt:Max>1</tt:Max>"
    "</tt:XRange><tt:YRange><tt:Min>-100</tt:Min><tt:Max>1e3</tt:Max></tt:YRange>"
    "</tt:ContinuousPanTiltVelocitySpace></tt:SupportedPTZSpaces>"
    "<tt:MaximumNumberOfPresets>8</tt:MaximumNumberOfPresets>"
    "<tt:AuxiliaryCommands>tt:Wiper|On tt:Wiper|Off</tt:AuxiliaryCommands>"
    "</tptz:PTZNode></tptz:GetNodesResponse>"
)
_IMAGING = (
    "<timg:R><timg:ImagingOptions><tt:Brightness><tt:Min>0</tt:Min><tt:Max>9</tt:Max>"
    "</tt:Brightness><tt:IrCutFilterModes>ON</tt:IrCutFilterModes><tt:IrCutFilterModes>"
    "OFF</tt:IrCutFilterModes><tt:Exposure><tt:Mode>AUTO</tt:Mode><tt:Mode>MANUAL"
    "</tt:Mode></tt:Exposure></timg:ImagingOptions><timg:ImagingSettings><tt:Brightness>"
    "3</tt:Brightness><tt:IrCutFilter>ON</tt:IrCutFilter></timg:ImagingSettings></timg:R>"
)
_IO = (
    '<R><tds:RelayOutputs token="r"><tt:Properties><tt:Mode>Bistable</tt:Mode>'
    "<tt:DelayTime>PT1M0.5S</tt:DelayTime><tt:IdleState>open</tt:IdleState>"
    '</tt:Properties></tds:RelayOutputs><tmd:DigitalInputs token="i" IdleState="open"/>'
    "</R>"
)
_TIME = (
    "<R><tds:SystemDateAndTime><tt:DateTimeType>NTP</tt:DateTimeType><tt:TimeZone><tt:TZ>"
    "CET-1CEST</tt:TZ></tt:TimeZone><tt:UTCDateTime><tt:Time><tt:Hour>1</tt:Hour>"
    "<tt:Minute>2</tt:Minute><tt:Second>3</tt:Second></tt:Time><tt:Date><tt:Year>2026"
    "</tt:Year><tt:Month>11</tt:Month><tt:Day>22</tt:Day></tt:Date></tt:UTCDateTime>"
    "</tds:SystemDateAndTime></R>"
)
_OPTIONS2 = (
    '<R><tr2:Options GovLengthRange="1 400" FrameRatesSupported="30 25.5 1">'
    "<tt:Encoding>H265</tt:Encoding><tt:ResolutionsAvailable><tt:Width>640</tt:Width>"
    "<tt:Height>360</tt:Height></tt:ResolutionsAvailable><tt:BitrateRange><tt:Min>64"
    "</tt:Min><tt:Max>9000</tt:Max></tt:BitrateRange></tr2:Options></R>"
)
_ENCODER = (
    '<R><trt:Configuration token="e"><tt:Encoding>H264</tt:Encoding><tt:Resolution>'
    "<tt:Width>1</tt:Width><tt:Height>2</tt:Height></tt:Resolution><tt:RateControl>"
    "<tt:FrameRateLimit>5</tt:FrameRateLimit></tt:RateControl><tt:H264><tt:GovLength>9"
    '</tt:GovLength></tt:H264><v:X xmlns:v="urn:v" v:a="1">t</v:X></trt:Configuration>'
    "</R>"
)
_RULES = (
    '<R><tan:Rule Name="a" Type="tt:LineDetector"><tt:Parameters><tt:SimpleItem Name="b"'
    ' Value="c"/></tt:Parameters></tan:Rule></R>'
)
_MASKS = (
    '<R><tr2:Masks token="m1"><tr2:ConfigurationToken>c</tr2:ConfigurationToken>'
    '<tr2:Polygon><tt:Point x="-1" y="1"/><tt:Point x="0.5" y="1"/>'
    '<tt:Point x="0.5" y="-0.25"/></tr2:Polygon><tr2:Type>Color</tr2:Type>'
    '<tr2:Color X="0" Y="0" Z="0" Colorspace="http://www.onvif.org/ver10/colorspace/'
    'RGB"/><tr2:Enabled>true</tr2:Enabled></tr2:Masks><tr2:Masks/></R>'
)
_MASK_OPTIONS = (
    '<R><tr2:Options RectangleOnly="true" SingleColorOnly="false"><tr2:MaxMasks>8'
    "</tr2:MaxMasks><tr2:MaxPoints>4</tr2:MaxPoints><tr2:Types>Color</tr2:Types>"
    "<tr2:Color><tt:ColorspaceRange><tt:X><tt:Min>16</tt:Min><tt:Max>235</tt:Max>"
    "</tt:X><tt:Y><tt:Min>0</tt:Min><tt:Max>255</tt:Max></tt:Y><tt:Colorspace>http://"
    "www.onvif.org/ver10/colorspace/YCbCr</tt:Colorspace></tt:ColorspaceRange>"
    "</tr2:Color></tr2:Options></R>"
)
_HELLO = (
    (
        "<d:Hello><a:EndpointReference><a:Address>urn:uuid:1</a:Address>"
        "</a:EndpointReference><d:Types>dn:NetworkVideoTransmitter</d:Types><d:Scopes>"
        "onvif://www.onvif.org/name/A%20b onvif://www.onvif.org/MAC/0200000000aa</d:Scopes>"
        "<d:XAddrs>http://10.0.0.5/x https://[fe80::1]:8443/y</d:XAddrs></d:Hello>"
    )
    .replace("<d:", "<")
    .replace("</d:", "</")
    .replace("<a:", "<")
    .replace("</a:", "</")
)
_CHALLENGE = (
    b'Digest realm="a \\"b\\"", qop="auth,auth-int", nonce="x", algorithm=MD5-sess, '
    b'stale=TRUE, opaque="", userhash=true, Basic realm="c", Digest nonce=y, '
    b"algorithm=SHA-512-256"
)

TARGETS: tuple[Target, ...] = (
    Target("device", device, (envelope(_TIME), envelope(_IO))),
    Target("media", media, (envelope(_OPTIONS2), envelope(_ENCODER))),
    Target(
        "control",
        control,
        (envelope(_NODE), envelope(_IMAGING), envelope(_IO), envelope(_RULES)),
    ),
    Target("masks", masks, (envelope(_MASKS), envelope(_MASK_OPTIONS))),
    Target("encoder_change", encoder_change, (envelope(_ENCODER),)),
    Target("picture_change", picture_change, (envelope(_IMAGING),)),
    Target("kept", kept, (envelope(_ENCODER),)),
    Target("datagram", datagram, (envelope(_HELLO),)),
    Target("challenge", challenge, (_CHALLENGE,)),
)
