"""Ending a stream of Home Assistant's, with all that it holds in memory."""

import asyncio
from typing import Final

from homeassistant.components.stream import Stream
from homeassistant.components.stream.const import HLS_PROVIDER
from homeassistant.components.stream.core import Segment
from homeassistant.util.dt import utcnow

_NOTHING: Final = ""
_POLL: Final = 0.25


async def async_cut_stream(stream: Stream) -> None:
    """End a stream for good; nothing of it is served from the first step on.

    A stream keeps the last segments for players, and goes on by itself where the user
    wants it preloaded.
    """
    stream.dynamic_stream_settings.preload_stream = False
    outputs = stream.outputs()
    hls = outputs.get(HLS_PROVIDER)
    newest = None if hls is None else hls.last_segment
    for output in outputs.values():
        output.cleanup()
    stream.source = _NOTHING
    # Its first step, after which nothing can be asked of it, is taken here and now.
    stopping = asyncio.create_task(stream.stop(), eager_start=True)
    try:
        # Players that wait for another segment are told now that there is none.
        await asyncio.sleep(0)
        if hls is not None and newest is not None:
            # And those that wait for more of the newest one, which it is no more.
            empty = Segment(newest.sequence + 1, b"", newest.stream_id, utcnow(), [])
            hls.get_segments().append(empty)
            hls.part_put()
        while not (await asyncio.wait({stopping}, timeout=_POLL))[0]:
            # One that was told of its source once, while it waited to try again,
            # begins anew where it should end, and would be waited for for ever. It
            # ends when it is told while it waits, which it does without a source.
            stream.update_source(_NOTHING)
        await stopping
    finally:
        stopping.cancel()


async def async_preload_stream(stream: Stream) -> None:
    """Have a stream run before anybody watches it."""
    stream.add_provider(HLS_PROVIDER)
    await stream.start()
