"""Being started by the first who needs it, and stopped by the last."""

from abc import ABC, abstractmethod
import asyncio

from homeassistant.core import CALLBACK_TYPE, HassJob, HomeAssistant

from .exceptions import EngineError


class SharedLife(ABC):
    """Runs while it has users, and never after Home Assistant has begun to end.

    ``lock`` is held while it starts and stops.
    """

    def __init__(self, hass: HomeAssistant) -> None:
        """Begin without users."""
        self.hass = hass
        self.lock = asyncio.Lock()
        self._users = 0
        self._remove_shutdown_job: CALLBACK_TYPE | None = None
        self._shut_down = False

    async def async_acquire(self) -> None:
        """Become a user.

        Raises EngineError or LibraryUnavailableError when it cannot start.
        """
        async with self.lock:
            if not self._users:
                await self._async_begin()
            self._users += 1

    async def async_release(self) -> None:
        """Be a user no more."""
        async with self.lock:
            self._users -= 1
            if not self._users:
                await self._async_end()

    @abstractmethod
    async def _async_start(self) -> None:
        """Start everything; where that fails, nothing runs."""

    @abstractmethod
    async def _async_stop(self) -> None:
        """Stop everything."""

    async def _async_begin(self) -> None:
        if self._shut_down:
            raise EngineError("engine_not_started")
        await self._async_start()
        # Not the stop event: by then all background tasks are cancelled, and the
        # engine would be killed with its clips open.
        self._remove_shutdown_job = self.hass.async_add_shutdown_job(
            HassJob(self._async_shut_down, "hearthcam shutdown")
        )

    async def _async_end(self) -> None:
        if self._remove_shutdown_job is not None:
            self._remove_shutdown_job()
            self._remove_shutdown_job = None
        await self._async_stop()

    async def _async_shut_down(self) -> None:
        """Finish clips while there is time: entries are not unloaded at shutdown."""
        self._shut_down = True
        # Home Assistant walks through the list of these jobs right now.
        self._remove_shutdown_job = None
        async with self.lock:
            await self._async_stop()
