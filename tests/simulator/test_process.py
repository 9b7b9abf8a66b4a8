"""The simulator from outside: its control API and its command line."""

from aiohttp import ClientSession
import pytest

from tests.simulator import SimulatorProcess
from tests.simulator.conftest import StartCamera, first_packet_size

LOGIN = ("admin", "secret")


async def test_the_control_api_has_the_same_switches(
    start_camera: StartCamera,
) -> None:
    camera = await start_camera(control_port=0)
    async with ClientSession(camera.control_url) as session:
        async with session.get("/") as answer:
            assert (await answer.json())["urls"]["main"] == camera.rtsp_url()
        async with session.post("/skew_clock", json={"seconds": 5}) as answer:
            assert answer.status == 200
        assert camera.state.clock_skew == 5
        async with session.post("/set_resolution", json=[160, 90]) as answer:
            assert answer.status == 200
        assert camera.state.profiles[0].width == 160
        async with session.post("/reboot", json={"seconds": "soon"}) as answer:
            assert answer.status == 400
        async with session.post("/finish") as answer:
            assert answer.status == 404
        async with session.get("/sightings") as answer:
            (sighting,) = await answer.json()
        assert sighting["sent"][1] - sighting["sent"][0] == pytest.approx(5)


@pytest.mark.usefixtures("socket_enabled")
def test_cameras_run_in_a_process_of_their_own() -> None:
    front = {"name": "Front", "scene": "small", "audio": "aac", "sub": True}
    back = {"name": "Back", "scene": "small", "user": LOGIN[0], "password": LOGIN[1]}
    with SimulatorProcess(front, back) as simulator:
        assert [camera.name for camera in simulator.cameras] == ["Front", "Back"]
        one, other = simulator.cameras
        assert first_packet_size(one.rtsp_url("sub"))
        one.switch("refuse_logins", on=True)
        other.switch("reboot", seconds=0.1)
        assert one.get()["intervals"] == [{"kind": "person", "start": 8, "end": 13}]
        assert one.get("sightings")[0]["kind"] == "person"
