"""What the RTSP server says, request by request and packet by packet."""

import asyncio
from itertools import pairwise
import socket

import pytest

from tests.simulator import DrawnScene, Scene, small_source
from tests.simulator.conftest import StartCamera
from tests.simulator.rtsp_client import Packet, RtspClient

USERNAME, PASSWORD = "admin", "pa:ss@w/rd"


async def test_it_offers_what_a_camera_does(start_camera: StartCamera) -> None:
    camera = await start_camera(audio="aac", sub=small_source())
    async with RtspClient.connect(camera.rtsp_url("sub")) as client:
        options = await client.request("OPTIONS")
        for method in ("DESCRIBE", "SETUP", "PLAY", "PAUSE", "TEARDOWN"):
            assert method in options.headers["public"]
        description = await client.request("DESCRIBE")
    assert description.headers["content-type"] == "application/sdp"
    assert description.headers["content-base"] == f"{camera.rtsp_url('sub')}/"
    assert "sprop-parameter-sets=" in description.body
    assert "mode=AAC-hbr" in description.body


async def test_an_unknown_path_is_not_found(start_camera: StartCamera) -> None:
    camera = await start_camera()
    url = camera.rtsp_url().replace("/main", "/other")
    async with RtspClient.connect(url) as client:
        assert (await client.request("DESCRIBE")).status == 404
        assert (await client.request("SETUP")).status == 404
    async with RtspClient.connect(camera.rtsp_url()) as client:
        # This camera has neither a second stream nor audio.
        assert (await client.request("SETUP", "/trackID=2")).status == 404


async def test_the_login_is_asked_for_and_checked(start_camera: StartCamera) -> None:
    camera = await start_camera(username=USERNAME, password=PASSWORD)
    async with RtspClient.connect(camera.rtsp_url()) as client:
        refused = await client.request("DESCRIBE")
        assert refused.status == 401
        assert refused.headers["www-authenticate"].startswith("Digest ")
        client.login = (USERNAME, "wrong")
        assert (await client.request("DESCRIBE")).status == 401
        client.login = (USERNAME, PASSWORD)
        assert (await client.request("DESCRIBE")).status == 200
        assert (await client.play()).status == 200


async def test_nonsense_is_answered_with_an_error(start_camera: StartCamera) -> None:
    camera = await start_camera()
    async with RtspClient.connect(camera.rtsp_url()) as client:
        assert (await client.request("RECORD")).status == 501
        assert (await client.request("PLAY")).status == 455
        assert (await client.play("RTP/AVP;multicast")).status == 461
        client.session = "another"
        assert (await client.request("GET_PARAMETER")).status == 454
    _, port = camera.state.host, camera.state.rtsp_port
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    writer.write(b"nonsense\r\n\r\n")
    assert (await reader.read()).startswith(b"RTSP/1.0 400 ")
    writer.close()


async def test_play_says_which_packet_comes_first(start_camera: StartCamera) -> None:
    camera = await start_camera()
    async with RtspClient.connect(camera.rtsp_url()) as client:
        reply = await client.play()
        info = dict(part.split("=", 1) for part in reply.headers["rtp-info"].split(";"))
        report = await client.packet(1)
        first = await client.picture()
    assert first[0].sequence == int(info["seq"])
    assert first[0].timestamp == int(info["rtptime"])
    # SPS, PPS and the keyframe in fragments: a client can begin here.
    kinds = [packet.payload[0] & 0x1F for packet in first]
    assert kinds[:2] == [7, 8]
    assert set(kinds[2:]) <= {5, 6, 28}
    assert report.report[1] == first[0].timestamp
    (now,) = camera.passes()
    assert now.wall <= report.report[0] <= now.wall + camera.duration


async def test_packets_are_in_order_over_the_wrap_of_the_loop(
    start_camera: StartCamera,
) -> None:
    camera = await start_camera(begin=19.0)
    async with RtspClient.connect(camera.rtsp_url()) as client:
        await client.play()
        pictures = [await client.picture() for _ in range(16)]
    assert [begun.loop_time for begun in camera.passes()] == [19.0, 0.0]
    packets = [packet for picture in pictures for packet in picture]
    for before, after in pairwise(packets):
        assert after.sequence == (before.sequence + 1) & 0xFFFF
    times = [picture[0].timestamp for picture in pictures]
    steps = {(after - before) & 0xFFFFFFFF for before, after in pairwise(times)}
    assert steps == {9000}


async def test_clients_share_the_packets_and_each_begins_with_a_keyframe(
    start_camera: StartCamera,
) -> None:
    camera = await start_camera()
    async with (
        RtspClient.connect(camera.rtsp_url()) as one,
        RtspClient.connect(camera.rtsp_url()) as other,
    ):
        await one.play()
        first = await one.picture()
        await other.play("RTP/AVP/TCP;unicast;interleaved=4-5")
        second: list[Packet] = []
        while not second or second[-1].marker is False:
            second.append(await other.packet(4))
        later = await one.picture()
        while later[0].timestamp != second[0].timestamp:
            later = await one.picture()
    assert first[0].payload[0] & 0x1F == second[0].payload[0] & 0x1F == 7
    assert [packet.data for packet in later] == [packet.data for packet in second]


async def test_pause_and_teardown_end_the_packets(start_camera: StartCamera) -> None:
    camera = await start_camera()
    async with RtspClient.connect(camera.rtsp_url()) as client:
        await client.play()
        await client.picture()
        assert (await client.request("PAUSE")).status == 200
        assert camera.streams["main"].clients == 0
        assert (await client.request("PLAY")).status == 200
        await client.packet(1)
        picture = await client.picture()
        while picture[0].payload[0] & 0x1F != 7:
            picture = await client.picture()
        assert (await client.request("TEARDOWN")).status == 200
        assert camera.streams["main"].clients == 0


async def test_a_client_without_signs_of_life_is_cut_off(
    start_camera: StartCamera,
) -> None:
    camera = await start_camera(session_timeout=0.8)
    async with (
        RtspClient.connect(camera.rtsp_url()) as silent,
        RtspClient.connect(camera.rtsp_url()) as lively,
    ):
        await silent.play()
        await lively.play()
        ended = asyncio.create_task(silent.at_end())
        for _ in range(12):
            await asyncio.sleep(0.1)
            assert (await lively.request("GET_PARAMETER")).status == 200
        assert await ended


async def test_a_client_that_does_not_read_is_dropped(
    start_camera: StartCamera,
) -> None:
    busy = DrawnScene(Scene(4.0, noise=9), 320, 180, 10, bitrate=8_000_000)
    camera = await start_camera(main=busy, max_backlog=65536)
    own = socket.socket()
    own.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
    own.setblocking(False)
    address = ("127.0.0.1", camera.state.rtsp_port)
    await asyncio.get_running_loop().sock_connect(own, address)
    # Small limits on both sides, so that the backlog fills within a picture or two.
    lazy = await asyncio.open_connection(sock=own, limit=1024)
    await RtspClient(camera.rtsp_url(), *lazy).play()
    async with asyncio.timeout(10):
        while camera.streams["main"].clients:
            await asyncio.sleep(0.05)
    lazy[1].transport.abort()


@pytest.mark.parametrize("scheme", ["digest", "basic"])
async def test_both_schemes_of_login_are_offered(
    start_camera: StartCamera, scheme: str
) -> None:
    camera = await start_camera(username=USERNAME, password=PASSWORD, scheme=scheme)
    async with RtspClient.connect(camera.rtsp_url()) as client:
        refused = await client.request("DESCRIBE")
    assert refused.headers["www-authenticate"].lower().startswith(scheme)
