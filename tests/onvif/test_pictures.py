"""What pictures a camera offers, and fetching the still ones."""

from aiohttp import web
import pytest

from custom_components.hearthcam.onvif import (
    OnvifAuthError,
    PictureKind,
    offered_pictures,
)

from .against_simulator import client
from .servers import answer_to, envelope, web_camera

pytestmark = pytest.mark.usefixtures("socket_enabled")


def jpeg_profile(encoding: str) -> str:
    """Return a GetProfilesResponse with one profile."""
    return envelope(
        '<GetProfilesResponse><Profiles token="j"><VideoEncoderConfiguration token="e">'
        f"<Encoding>{encoding}</Encoding><Resolution><Width>640</Width><Height>480"
        "</Height></Resolution></VideoEncoderConfiguration></Profiles>"
        "</GetProfilesResponse>"
    )


@pytest.mark.parametrize(
    ("encoding", "kind"),
    [
        ("JPEG", PictureKind.MJPEG),
        ("H264", PictureKind.VIDEO),
        ("SVC", PictureKind.STILLS),
    ],
)
@pytest.mark.parametrize("port", ["told", "wrong"])
@pytest.mark.parametrize("login", ["none", "digest", "basic"])
async def test_what_pictures_there_are(
    encoding: str, kind: PictureKind, port: str, login: str
) -> None:
    addresses: list[str] = []

    async def handler(request: web.Request) -> web.StreamResponse:
        if request.method == "GET":
            scheme = request.headers.get("Authorization", "").partition(" ")[0].lower()
            if login not in ("none", scheme):
                challenge = {
                    "digest": 'Digest realm="x", nonce="n", qop="auth"',
                    "basic": 'Basic realm="x"',
                }[login]
                return web.Response(status=401, headers={"WWW-Authenticate": challenge})
            return web.Response(body=b"\r\n\xff\xd8\xff\xe0...")
        body = await request.text()
        if "GetProfiles" in body:
            return web.Response(text=jpeg_profile(encoding))
        if "GetSnapshotUri" in body:
            uri = f"<MediaUri><Uri>{addresses[0]}</Uri></MediaUri>"
            return web.Response(
                text=envelope(f"<GetSnapshotUriResponse>{uri}</GetSnapshotUriResponse>")
            )
        return web.Response(text=answer_to(body))

    async with web_camera(handler) as (camera, _):
        here = camera.endpoint.port
        told = here if port == "told" else 9
        addresses.append(f"http://10.1.2.3:{told}/snap.jpg?a=1&amp;b=2")
        offer = await offered_pictures(camera, await camera.profiles())
        assert offer.kind is kind
        assert offer.still == f"http://127.0.0.1:{here}/snap.jpg?a=1&b=2"
        assert offer.still_profile == "j"
        assert bool(offer.jpeg) == (encoding == "JPEG")


async def test_camera_without_any_picture_says_so() -> None:
    async def handler(request: web.Request) -> web.StreamResponse:
        if request.method == "GET":
            return web.Response(text="<html>login</html>")
        return web.Response(text=answer_to(await request.text()))

    async with web_camera(handler) as (camera, _):
        offer = await offered_pictures(camera, await camera.profiles())
        assert (offer.kind, offer.still) == (PictureKind.NOTHING, None)


async def test_pictures_of_the_simulated_camera() -> None:
    async with client() as (camera, asker):
        asker.state.snapshot = lambda _: b"\xff\xd8\xff\xe0picture"
        offer = await offered_pictures(camera, await camera.profiles())
        assert offer.kind is PictureKind.VIDEO
        assert offer.still == asker.url("/onvif/snapshot/main.jpg")
        asker.state.refuse_logins = True
        with pytest.raises(OnvifAuthError):
            await camera.picture(offer.still or "")
