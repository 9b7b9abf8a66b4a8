"""Ending a stream of Home Assistant's, with all that it holds in memory."""

from homeassistant.components.stream import Stream
from homeassistant.components.stream.const import HLS_PROVIDER


async def async_cut_stream(stream: Stream) -> None:
    """End a stream for good; nothing of it is served from the first step on.

    A stream keeps the last segments for players, and goes on by itself where the user
    wants it preloaded.
    """
    stream.dynamic_stream_settings.preload_stream = False
    outputs = stream.outputs()
    if (segments := outputs.get(HLS_PROVIDER)) is not None:
        # A player that is waiting for the next one gets none of these either.
        segments.get_segments().clear()
    for output in outputs.values():
        output.cleanup()
    # One that was told of its source while it waited to try again begins once more
    # where it should end, and would be waited for as long as somebody sends.
    stream.source = ""
    await stream.stop()


async def async_preload_stream(stream: Stream) -> None:
    """Have a stream run before anybody watches it."""
    stream.add_provider(HLS_PROVIDER)
    await stream.start()
