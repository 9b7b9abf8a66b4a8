"""An encoder that is set by ONVIF changes the stream itself."""

import asyncio

import aiohttp

from custom_components.hearthcam.onvif import OnvifCamera
from custom_components.hearthcam.onvif.control import EncoderChange, Encoders

from .conftest import StartCamera


async def test_long_gop_is_fixed_on_the_camera(start_camera: StartCamera) -> None:
    camera = await start_camera(onvif=True)
    await camera.control.long_gop()
    main = camera.streams["main"]
    long = main.chosen.gop
    async with aiohttp.ClientSession() as session:
        client = OnvifCamera(session, camera.state.host, camera.state.onvif_port)
        [profile] = await client.profiles()
        frames = round(main.chosen.fps / 2)
        assert profile.gop == round(long * main.chosen.fps) > frames
        result = await Encoders(client).change(profile.token, EncoderChange(gop=frames))
        assert result.is_done
        async with asyncio.timeout(20):
            while main.chosen.gop == long:
                await asyncio.sleep(0.02)
        assert main.chosen.gop == 0.5
        assert (await client.profiles())[0].gop == frames
