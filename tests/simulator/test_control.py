"""Each switch does what it says."""

import asyncio
import io
import time

import av
import pytest

from tests.simulator import SimulatedCamera, small_source
from tests.simulator.conftest import GOP, StartCamera, first_packet_size
from tests.simulator.rtsp_client import Packet, RtspClient
from tests.simulator.state import FiredEvent

LOGIN = ("admin", "secret")


async def keyframe(client: RtspClient) -> list[Packet]:
    """Return the packets of the next keyframe."""
    picture = await client.picture()
    while picture[0].payload[0] & 0x1F != 7:
        picture = await client.picture()
    return picture


async def drain(client: RtspClient) -> None:
    """Read packets until none comes: TimeoutError."""
    while True:
        await client.packet(timeout=0.4)


async def test_dropped_connections_end_and_new_ones_are_accepted(
    start_camera: StartCamera,
) -> None:
    camera = await start_camera()
    async with RtspClient.connect(camera.rtsp_url()) as client:
        await client.play()
        camera.control.drop_connections()
        assert await client.at_end()
    async with RtspClient.connect(camera.rtsp_url()) as client:
        assert (await client.play()).status == 200


async def test_a_stalled_camera_accepts_and_sends_nothing(
    start_camera: StartCamera,
) -> None:
    camera = await start_camera()
    async with (
        RtspClient.connect(camera.rtsp_url()) as playing,
        RtspClient.connect(camera.rtsp_url()) as fresh,
    ):
        await playing.play()
        await playing.picture()
        camera.control.stall()
        asking = asyncio.create_task(fresh.request("OPTIONS"))
        with pytest.raises(TimeoutError):
            await drain(playing)
        assert not asking.done()
        camera.control.stall(False)
        assert (await asking).status == 200
        assert (await playing.picture())[0].payload[0] & 0x1F == 7


async def test_a_stalled_camera_can_be_stopped(start_camera: StartCamera) -> None:
    camera: SimulatedCamera = await start_camera()
    async with RtspClient.connect(camera.rtsp_url()) as client:
        camera.control.stall()
        asking = asyncio.create_task(client.request("OPTIONS"))
        await asyncio.sleep(0.1)
        async with asyncio.timeout(2):
            await camera.stop()
        with pytest.raises((asyncio.IncompleteReadError, ConnectionError)):
            await asking


async def test_a_rebooting_camera_is_away_and_comes_back_on_its_ports(
    start_camera: StartCamera,
) -> None:
    camera = await start_camera(onvif=True)
    ports = camera.state.rtsp_port, camera.state.onvif_port
    async with RtspClient.connect(camera.rtsp_url()) as client:
        await client.play()
        before = await client.packet()
        reboot = camera.control.reboot(0.3)
        assert await client.at_end()
    for port in ports:
        with pytest.raises(ConnectionRefusedError):
            await asyncio.open_connection("127.0.0.1", port)
    await reboot
    assert (camera.state.rtsp_port, camera.state.onvif_port) == ports
    assert str(ports[1]) in camera.onvif_url
    _, writer = await asyncio.open_connection("127.0.0.1", ports[1])
    writer.close()
    async with RtspClient.connect(camera.rtsp_url()) as client:
        assert (await client.play()).status == 200
        after = await client.packet()
    assert after.data[8:12] != before.data[8:12]


async def test_refused_logins_and_hidden_streams(start_camera: StartCamera) -> None:
    camera = await start_camera(username=LOGIN[0], password=LOGIN[1])
    async with RtspClient.connect(camera.rtsp_url()) as client:
        client.login = LOGIN
        camera.control.refuse_logins()
        assert (await client.request("DESCRIBE")).status == 401
        camera.control.refuse_logins(False)
        camera.control.hide("main")
        assert (await client.request("DESCRIBE")).status == 404
        camera.control.hide("main", False)
        assert (await client.request("DESCRIBE")).status == 200


@pytest.mark.parametrize(
    ("allowed", "transport", "status"),
    [
        ("tcp", "RTP/AVP;unicast;client_port=5000-5001", 461),
        ("udp", "RTP/AVP/TCP;unicast;interleaved=0-1", 461),
        ("udp", "RTP/AVP/TCP;unicast,RTP/AVP;unicast;client_port=5000-5001", 200),
    ],
)
async def test_transports_can_be_forbidden(
    start_camera: StartCamera, allowed: str, transport: str, status: int
) -> None:
    camera = await start_camera()
    camera.control.allow_transports(allowed)
    async with RtspClient.connect(camera.rtsp_url()) as client:
        headers = {"Transport": transport}
        reply = await client.request("SETUP", "/trackID=1", headers)
    assert reply.status == status


async def test_ffmpeg_falls_back_to_what_the_camera_allows(
    start_camera: StartCamera,
) -> None:
    camera = await start_camera()
    camera.control.allow_transports("tcp")

    assert await asyncio.to_thread(first_packet_size, camera.rtsp_url())


async def steps_until_jump(client: RtspClient, timestamp: int) -> list[int]:
    """Return the differences of pictures' timestamps, the jump's the last."""
    steps: list[int] = []
    while len(steps) < 50 and (not steps or steps[-1] == 9000):
        following = (await client.picture())[0].timestamp
        steps.append((following - timestamp) & 0xFFFFFFFF)
        timestamp = following
    return steps


async def test_timestamps_jump_and_the_clock_does_not(
    start_camera: StartCamera,
) -> None:
    camera = await start_camera()
    async with RtspClient.connect(camera.rtsp_url()) as client:
        await client.play()
        first = (await client.picture())[0].timestamp
        camera.control.jump_timestamps(3600)
        # On a busy machine some pictures from before the jump are still under way.
        steps = await steps_until_jump(client, first)
        assert set(steps[:-1]) <= {9000}
        assert steps[-1] == 3600 * 90000 + 9000
        last = (first + sum(steps)) & 0xFFFFFFFF
        camera.control.jump_timestamps(-3600)
        steps = await steps_until_jump(client, last)
        assert set(steps[:-1]) <= {9000}
        assert steps[-1] == (-3600 * 90000 + 9000) & 0xFFFFFFFF


async def test_the_skewed_clock_shows_in_sender_reports(
    start_camera: StartCamera,
) -> None:
    camera = await start_camera()
    camera.control.skew_clock(-7200)
    async with RtspClient.connect(camera.rtsp_url()) as client:
        await client.play()
        wall, _ = (await client.packet(1)).report
    assert wall - time.time() == pytest.approx(-7200, abs=5)


async def test_lost_packets_are_the_same_for_the_same_seed(
    start_camera: StartCamera,
) -> None:
    async def received(camera: SimulatedCamera) -> list[int]:
        async with RtspClient.connect(camera.rtsp_url()) as client:
            await client.play()
            camera.control.lose_packets(0.4, seed=7)
            packets = [await client.packet() for _ in range(16)]
        return [(p.sequence - packets[0].sequence) & 0xFFFF for p in packets]

    cameras = [await start_camera(begin=19.0) for _ in range(2)]
    one, other = await asyncio.gather(*(received(camera) for camera in cameras))
    assert one == other
    assert one[-1] > 20


@pytest.mark.parametrize("transport", ["tcp", "udp"])
async def test_a_stream_survives_the_loss_of_whole_pictures(
    start_camera: StartCamera, transport: str
) -> None:
    camera = await start_camera()
    loop = asyncio.get_running_loop()

    def sizes() -> list[int]:
        options = {
            "rtsp_transport": transport,
            "analyzeduration": "200000",
            "fpsprobesize": "0",
        }
        with av.open(camera.rtsp_url(), options=options, timeout=10) as container:
            packets = container.demux(video=0)
            seen = [next(packets).size]
            loop.call_soon_threadsafe(camera.control.lose_packets, 0.7)
            seen += [next(packets).size for _ in range(3)]
            loop.call_soon_threadsafe(camera.control.lose_packets, 0.0)
            return seen + [next(packets).size for _ in range(3)]

    assert all(await asyncio.to_thread(sizes))


async def test_the_size_changes_at_a_keyframe_in_the_running_session(
    start_camera: StartCamera,
) -> None:
    camera = await start_camera()
    async with RtspClient.connect(camera.rtsp_url()) as client:
        description = (await client.request("DESCRIBE")).body
        await client.play()
        old = (await keyframe(client))[0].payload
        await camera.control.set_resolution(160, 90)
        async with asyncio.timeout(5):
            while (await keyframe(client))[0].payload == old:
                pass
        assert (camera.state.profiles[0].width, camera.state.profiles[0].height) == (
            160,
            90,
        )
        assert (await client.request("DESCRIBE")).body != description


async def test_a_long_gop_has_a_keyframe_every_ten_seconds(
    start_camera: StartCamera,
) -> None:
    camera = await start_camera()
    await camera.control.long_gop()
    assert camera.state.profiles[0].gop == 10
    chosen = camera.streams["main"].chosen
    assert [unit.time for unit in chosen.units if unit.key] == [0, 10]
    await camera.control.long_gop(False)
    assert camera.state.profiles[0].gop == GOP


async def test_motion_comes_when_it_is_asked_for(start_camera: StartCamera) -> None:
    camera: SimulatedCamera = await start_camera(sub=small_source(gop=GOP))
    async with (
        RtspClient.connect(camera.rtsp_url("main")) as main,
        RtspClient.connect(camera.rtsp_url("sub")) as sub,
    ):
        for client in (main, sub):
            await client.play()
            before = await keyframe(client)
        camera.control.motion_now(lead=0.5)
        # What was under way when it was asked for comes first.
        while (after := await sub.picture())[0].payload[0] & 0x1F != 7:
            before = after
        while camera.passes("main")[-1].loop_time == 0:
            await main.picture()
    assert (after[0].timestamp - before[0].timestamp) & 0xFFFFFFFF == 9000
    for token in ("main", "sub"):
        assert camera.passes(token)[-1].loop_time == 7.5
    (interval, start, end) = camera.sightings()[-1]
    assert interval.kind == "person"
    # The keyframe at 7.5 s is the one that leaves the lead.
    assert start - camera.passes()[-1].wall == pytest.approx(0.5)
    assert start == pytest.approx(time.time() + 1, abs=3)
    assert end - start == pytest.approx(5)


async def test_switches_for_the_onvif_side_reach_the_state(
    start_camera: StartCamera,
) -> None:
    camera = await start_camera()
    fired: list[FiredEvent] = []
    camera.state.add_event_listener(fired.append)
    camera.control.wrong_xaddrs()
    camera.control.skew_clock(90)
    camera.control.fire_event(data={"IsMotion": "false"})
    assert camera.state.advertised_host() == camera.state.wrong_host
    assert camera.state.now() == pytest.approx(time.time() + 90, abs=2)
    assert [event.data for event in fired] == [{"IsMotion": "false"}]


async def test_the_snapshot_is_a_picture_of_the_stream(
    start_camera: StartCamera,
) -> None:
    camera = await start_camera()
    jpeg = await asyncio.to_thread(camera.snapshot, "main")
    with av.open(io.BytesIO(jpeg), "r") as container:
        frame = next(container.decode(video=0))
    assert (frame.width, frame.height) == (320, 180)
    assert camera.snapshot("other") is None
