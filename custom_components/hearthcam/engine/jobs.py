"""Work that somebody asked for and waits for: probes, repairs, films, pictures."""

import asyncio
from collections.abc import Callable
from concurrent.futures import Executor, ThreadPoolExecutor
from functools import partial
import logging
import os
from pathlib import Path
import sys
import threading
from typing import Final

from ..privacy.local_only import Resolver
from .black_out import black_out
from .export import export
from .exposure import Newest, expose
from .inspection import inspect
from .probe import probe
from .protocol import (
    BlackOut,
    Export,
    Expose,
    Inspect,
    Probe,
    Recover,
    Recovered,
    Rejected,
    Render,
    Report,
)
from .recording import Common
from .recover import recover
from .render import render
from .repairs import Repairs

_LOGGER = logging.getLogger(__name__)

type Job = Probe | Recover | Export | Render | BlackOut | Inspect

_NICE: Final = 10


def _yield_to_others() -> None:
    """Let recording and live video go first: this thread's work can wait."""
    if sys.platform == "linux":
        # Elsewhere it would be the whole process.
        os.setpriority(os.PRIO_PROCESS, threading.get_native_id(), _NICE)


class Jobs:
    """Does what takes a while, in threads of its own, and reports the outcome."""

    def __init__(
        self,
        report: Callable[[Report], None],
        resolver: Resolver,
        common: Common,
        repairs: Repairs,
        in_use: Callable[[], set[Path]],
    ) -> None:
        """Prepare; ``in_use`` are the clips that are being written."""
        self._report = report
        self._resolver = resolver
        self._common = common
        self._repairs = repairs
        self._in_use = in_use
        self._leaving = threading.Event()
        self._tasks: set[asyncio.Task[None]] = set()
        # Probes and repairs wait seconds.
        self.work = ThreadPoolExecutor(4, "work")
        # One at a time each: they wait for the disk or take the CPU.
        self._exports = ThreadPoolExecutor(1, "export")
        self._renders = ThreadPoolExecutor(1, "render")
        self._inspections = _polite("inspect")
        self._black_outs = _polite("black out")

    def begin(self, job: Job) -> None:
        """Have something done; it is reported when it is."""
        self._begin(job, *self._work_of(job))

    def expose(self, job: Expose, newest: Newest | None) -> None:
        """Have the newest picture of a camera looked at, as it is."""
        self._begin(job, self._inspections, partial(expose, job, newest))

    def _begin(
        self, job: Job | Expose, executor: Executor, work: Callable[[], Report]
    ) -> None:
        task = asyncio.ensure_future(self._do(job, executor, work))
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    async def _do(
        self, job: Job | Expose, executor: Executor, work: Callable[[], Report]
    ) -> None:
        loop = asyncio.get_running_loop()
        try:
            self._report(await loop.run_in_executor(executor, work))
        except Exception as error:
            _LOGGER.exception("%s failed", type(job).__name__)
            self._report(Rejected(type(job).__name__, type(error).__name__))

    def _work_of(self, job: Job) -> tuple[Executor, Callable[[], Report]]:
        stopped = self._leaving.is_set
        match job:
            case Probe():
                return self.work, partial(probe, job, self._resolver)
            case Recover():
                return self.work, partial(self._recover, job)
            case Export():
                return self._exports, partial(export, job, stopped)
            case Render():
                return self._renders, partial(render, job)
            case BlackOut():
                return self._black_outs, partial(black_out, job, stopped)
            case Inspect():
                return self._inspections, partial(inspect, job)

    def _recover(self, job: Recover) -> Recovered:
        root = Path(job.directory)
        later = partial(self._repairs.add, folder=self._common.stores.at(root))
        outcome = recover(root, self._in_use, self._report, later)
        return Recovered(job.request_id, outcome.repaired, outcome.discarded)

    def leave(self) -> None:
        """Have everything stop soon."""
        self._leaving.set()

    def close(self) -> None:
        """End the threads; what they do ends with the process."""
        for executor in (
            self.work,
            self._exports,
            self._renders,
            self._inspections,
            self._black_outs,
        ):
            executor.shutdown(wait=False, cancel_futures=True)


def _polite(name: str) -> ThreadPoolExecutor:
    return ThreadPoolExecutor(1, name, initializer=_yield_to_others)
