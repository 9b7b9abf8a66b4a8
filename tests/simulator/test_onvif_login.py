"""The simulated camera's logins, with hand-written requests."""

import hashlib
from urllib.request import parse_http_list, parse_keqv_list

import aiohttp
import pytest

from .onvif_asker import PASSWORD, USERNAME, Asker, request, running, token
from .onvif_device import SERVICES
from .onvif_options import ONLY_TIME, Login, OnvifOptions
from .onvif_xml import TDS
from .state import CameraState

pytestmark = pytest.mark.usefixtures("socket_enabled")

INFORMATION = "<tds:GetDeviceInformation/>"
TIME = "<tds:GetSystemDateAndTime/>"
WSSE_ONLY = OnvifOptions(logins=frozenset({Login.WSSE}))
DIGEST_ONLY = OnvifOptions(logins=frozenset({Login.DIGEST}))
BASIC_ONLY = OnvifOptions(logins=frozenset({Login.BASIC}))


def answer_to(challenge: str, path: str, *, count: str = "00000001") -> str:
    """Compute RFC 7616's (or 2069's) Authorization for a POST."""
    fields = parse_keqv_list(parse_http_list(challenge.removeprefix("Digest ")))
    name = fields["algorithm"].replace("-", "").lower()

    def digest(*parts: str) -> str:
        return hashlib.new(name, ":".join(parts).encode()).hexdigest()

    secret = digest(USERNAME, fields["realm"], PASSWORD)
    target = digest("POST", path)
    login = (
        f'Digest username="{USERNAME}", realm="{fields["realm"]}", uri="{path}", '
        f'nonce="{fields["nonce"]}", algorithm={fields["algorithm"]}, '
    )
    if "qop" not in fields:
        return f'{login}response="{digest(secret, fields["nonce"], target)}"'
    response = digest(secret, fields["nonce"], count, "abc", "auth", target)
    return f'{login}response="{response}", qop=auth, nc={count}, cnonce="abc"'


async def post(asker: Asker, login: str) -> tuple[int, str]:
    """Post GetDeviceInformation with an Authorization header."""
    async with asker.session.post(
        asker.device.url, data=request(INFORMATION), headers={"Authorization": login}
    ) as response:
        return response.status, response.headers.get("WWW-Authenticate", "")


async def test_time_is_told_without_a_login() -> None:
    async with running(WSSE_ONLY) as asker:
        reply = await asker.ask(TIME)
        assert reply.status == 200
        assert reply.text("tt:UTCDateTime/tt:Date/tt:Year") is not None


async def test_strict_firmware_tells_nothing_but_the_time() -> None:
    async with running(OnvifOptions(public_actions=ONLY_TIME)) as asker:
        assert (await asker.ask(TIME)).status == 200
        assert (await asker.ask("<tds:GetCapabilities/>")).status == 401
    async with running() as asker:
        assert (await asker.ask("<tds:GetCapabilities/>")).status == 200


async def test_camera_without_a_user_asks_for_no_login() -> None:
    async with running(state=CameraState(name="Open")) as asker:
        assert (await asker.ask(INFORMATION)).status == 200


async def test_username_token_logs_in() -> None:
    async with running(WSSE_ONLY) as asker:
        reply = await asker.ask_as_admin(INFORMATION)
        assert reply.text("tds:SerialNumber") == "SIM000001"


@pytest.mark.parametrize(
    "options", [WSSE_ONLY, DIGEST_ONLY], ids=["400 fault", "401 challenge"]
)
async def test_missing_login_is_a_fault(options: OnvifOptions) -> None:
    async with running(options) as asker:
        reply = await asker.ask(INFORMATION)
        assert reply.status == (400 if options is WSSE_ONLY else 401)
        assert reply.fault == ["s:Sender", "ter:NotAuthorized"]
        assert ("WWW-Authenticate" in reply.headers) == (options is DIGEST_ONLY)


async def test_username_token_of_another_password_or_user_is_refused() -> None:
    async with running(WSSE_ONLY) as asker:
        now = asker.state.now()
        for login in (
            token(created=now, password="wrong"),
            token(created=now, username="root"),
        ):
            assert (await asker.ask(INFORMATION, header=login)).status == 400


async def test_username_token_is_accepted_once() -> None:
    async with running(WSSE_ONLY) as asker:
        login = token(created=asker.state.now(), nonce=b"0123456789abcdef")
        assert (await asker.ask(INFORMATION, header=login)).status == 200
        assert (await asker.ask(INFORMATION, header=login)).status == 400


async def test_username_token_must_be_of_the_cameras_own_time() -> None:
    async with running(WSSE_ONLY) as asker:
        real = asker.state.now()
        asker.state.clock_skew = 3600
        late = token(created=real)
        assert (await asker.ask(INFORMATION, header=late)).status == 400
        right = token(created=real + 3600)
        assert (await asker.ask(INFORMATION, header=right)).status == 200


async def test_username_token_with_a_zone_offset_is_refused() -> None:
    async with running(WSSE_ONLY) as asker:
        login = token(created=asker.state.now(), zone="+00:00")
        assert (await asker.ask(INFORMATION, header=login)).status == 400


async def test_username_token_is_no_login_where_only_digest_is() -> None:
    async with running(DIGEST_ONLY) as asker:
        assert (await asker.ask_as_admin(INFORMATION)).status == 401


@pytest.mark.parametrize("algorithm", ["MD5", "SHA-256"])
async def test_digest_by_another_implementation_logs_in(algorithm: str) -> None:
    options = OnvifOptions(logins=frozenset({Login.DIGEST}), digest_algorithm=algorithm)
    async with running(options) as asker:
        for password, status in ((PASSWORD, 200), ("wrong", 401)):
            digest = aiohttp.DigestAuthMiddleware(USERNAME, password)
            async with aiohttp.ClientSession(middlewares=(digest,)) as session:
                reply = await asker.ask(INFORMATION, session=session)
                assert reply.status == status


async def test_vain_challenge_is_not_answered_by_the_right_password() -> None:
    options = OnvifOptions(logins=frozenset({Login.WSSE}), vain_challenge=True)
    async with running(options) as asker:
        status, challenge = await post(asker, "")
        assert (status, challenge.partition(" ")[0]) == (401, "Digest")
        assert (await post(asker, answer_to(challenge, SERVICES[TDS][0])))[0] == 401
        assert (await asker.ask_as_admin(INFORMATION)).status == 200


async def test_digest_without_qop_logs_in() -> None:
    options = OnvifOptions(logins=frozenset({Login.DIGEST}), digest_qop=False)
    async with running(options) as asker:
        _, challenge = await post(asker, "")
        assert "qop" not in challenge
        login = answer_to(challenge, SERVICES[TDS][0])
        assert (await post(asker, login))[0] == 200


async def test_digest_count_is_accepted_once() -> None:
    async with running(DIGEST_ONLY) as asker:
        _, challenge = await post(asker, "")
        login = answer_to(challenge, SERVICES[TDS][0])
        assert (await post(asker, login))[0] == 200
        assert (await post(asker, login))[0] == 401
        login = answer_to(challenge, SERVICES[TDS][0], count="00000002")
        assert (await post(asker, login))[0] == 200


async def test_digest_of_another_path_is_refused() -> None:
    async with running(DIGEST_ONLY) as asker:
        _, challenge = await post(asker, "")
        assert (await post(asker, answer_to(challenge, "/other")))[0] == 401


async def test_digest_nonce_that_expired_is_called_stale() -> None:
    async with running(DIGEST_ONLY) as asker:
        _, challenge = await post(asker, "")
        assert "stale" not in challenge
        asker.device.expire_nonces()
        status, challenge = await post(asker, answer_to(challenge, SERVICES[TDS][0]))
        assert status == 401
        assert "stale=true" in challenge
        assert (await post(asker, answer_to(challenge, SERVICES[TDS][0])))[0] == 200


async def test_basic_logs_in_where_it_is_the_only_way() -> None:
    async with running(BASIC_ONLY) as asker:
        status, challenge = await post(asker, "")
        assert (status, challenge.partition(" ")[0]) == (401, "Basic")
        for password, expected in ((PASSWORD, 200), ("wrong", 401)):
            login = aiohttp.encode_basic_auth(USERNAME, password)
            assert (await post(asker, login))[0] == expected
    async with running(DIGEST_ONLY) as asker:
        login = aiohttp.encode_basic_auth(USERNAME, PASSWORD)
        assert (await post(asker, login))[0] == 401


async def test_refused_logins_are_those_that_were_right() -> None:
    async with running(WSSE_ONLY) as asker:
        asker.state.refuse_logins = True
        assert (await asker.ask_as_admin(INFORMATION)).fault[-1] == "ter:NotAuthorized"
        assert (await asker.ask(TIME)).status == 200
        asker.state.refuse_logins = False
        assert (await asker.ask_as_admin(INFORMATION)).status == 200


async def test_wrong_login_where_none_is_needed_is_ignored_or_refused() -> None:
    for checks, status in ((False, 200), (True, 400)):
        options = OnvifOptions(
            logins=frozenset({Login.WSSE}), checks_needless_logins=checks
        )
        async with running(options) as asker:
            wrong = token(created=asker.state.now(), password="wrong")
            assert (await asker.ask(TIME, header=wrong)).status == status
            assert (await asker.ask(TIME)).status == 200
            assert (await asker.ask_as_admin(TIME)).status == 200
