"""Mutate recorded payloads and see that every parser stays within its bounds.

`python -m tests.onvif.fuzz --count 1000000 --seed 1` says how many inputs were parsed
and refused, and which took longest; it fails when one raises anything but an
`OnvifError`, takes more than its time, or more memory than its share. The corpus is
`../shared/onvif` where it is, beside a few written messages. Which mutation an input
is depends on nothing but the seed and its number: `--only N` does that one again.
"""

import argparse
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
import gc
from pathlib import Path
import resource
import signal
import sys
import time
import tracemalloc

from custom_components.hearthcam.onvif.errors import OnvifError
from custom_components.hearthcam.onvif.events import (
    parse_notifications,
    parse_properties,
)
from custom_components.hearthcam.onvif.events.reference import reference_of
from custom_components.hearthcam.onvif.events.times import lease
from custom_components.hearthcam.onvif.media import parse_profiles
from custom_components.hearthcam.onvif.probe import parse_announcement
from custom_components.hearthcam.onvif.services import read_capabilities, read_services
from custom_components.hearthcam.onvif.soap import Answer, answer
from custom_components.hearthcam.onvif.xmltree import parse

from .fuzz_inputs import corpus, mutated
from .fuzz_targets import TARGETS

REPOSITORY = Path(__file__).parents[2]
MAX_SECONDS = 1.0
"""CPU time of all parsers together for one input."""
MAX_MEMORY = 64 * 1024 * 1024
"""Peak bytes for one input (measured for one in some hundred, being slow)."""
MEASURE_EVERY = 500
ALARM_SECONDS = 30
"""Nothing may hang: then the process is ended by its own alarm, naming the input."""


def _lease(data: bytes) -> object:
    return lease(parse(data))


def _reference(data: bytes) -> object:
    return reference_of(Answer(parse(data), data), 80)


def _profiles(data: bytes) -> object:
    return parse_profiles(answer(data, "GetProfilesResponse"))


def _services(data: bytes) -> object:
    root = parse(data)
    return read_services(root), read_capabilities(root)


def _announcement(data: bytes) -> object:
    return parse_announcement(data, "192.168.1.10")


PARSERS: tuple[Callable[[bytes], object], ...] = (
    parse_notifications,
    parse_properties,
    _lease,
    _reference,
    _profiles,
    _services,
    _announcement,
    *(target.parser for target in TARGETS),
)


class TooSlowError(Exception):
    """The alarm went off."""


@dataclass(slots=True)
class Result:
    """What came of a run."""

    inputs: int = 0
    parsed: Counter[str] = field(default_factory=Counter)
    refused: Counter[str] = field(default_factory=Counter)
    failures: list[tuple[int, str]] = field(default_factory=list)
    slowest: tuple[float, int] = (0.0, -1)
    largest: tuple[int, int] = (0, -1)


def check(data: bytes, number: int, result: Result, *, measure: bool) -> None:
    """Give one input to every parser and note what came of it."""
    result.inputs += 1
    if measure:
        gc.collect()
        tracemalloc.start()
    began = time.process_time()
    for parser in PARSERS:
        name = parser.__name__.lstrip("_")
        try:
            parser(data)
        except OnvifError as error:
            result.refused[f"{name}: {type(error).__name__}"] += 1
        except TooSlowError:
            result.failures.append((number, f"{name}: hung"))
        except Exception as error:  # noqa: BLE001 - what must not happen is counted
            result.failures.append((number, f"{name}: {type(error).__name__}: {error}"))
        else:
            result.parsed[name] += 1
    took = time.process_time() - began
    if measure:
        peak = tracemalloc.get_traced_memory()[1]
        tracemalloc.stop()
        result.largest = max(result.largest, (peak, number))
        if peak > MAX_MEMORY:
            result.failures.append((number, f"{peak} bytes"))
        # Tracing makes it many times slower: that says nothing.
        return
    result.slowest = max(result.slowest, (took, number))
    if took > MAX_SECONDS:
        result.failures.append((number, f"{took:.2f} s"))


def run(
    seed: int, numbers: Iterator[int] | range, messages: list[bytes], progress: int = 0
) -> Result:
    """Check the inputs of these numbers."""
    result = Result()
    for number in numbers:
        if progress:
            signal.alarm(ALARM_SECONDS)
        data = mutated(seed, number, messages)
        check(data, number, result, measure=number % MEASURE_EVERY == 0)
        if progress and result.inputs % progress == 0:
            print(
                f"{result.inputs} inputs, {len(result.failures)} failures, "
                f"slowest {result.slowest[0]:.3f} s",
                flush=True,
            )
    return result


def _alarmed(*_: object) -> None:
    raise TooSlowError


def main() -> int:
    """Run from the command line; 1 when anything failed."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--count", type=int, default=10_000)
    parser.add_argument("--start", type=int, default=0)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--only", type=int)
    parser.add_argument("--shared", type=Path, default=REPOSITORY.parent / "shared")
    options = parser.parse_args()
    shared = options.shared if (options.shared / "onvif").is_dir() else None
    messages = corpus(shared)
    messages += [message for target in TARGETS for message in target.corpus]
    if options.only is not None:
        sys.stdout.buffer.write(mutated(options.seed, options.only, messages))
        return 0
    signal.signal(signal.SIGALRM, _alarmed)
    began = time.monotonic()
    numbers = range(options.start, options.start + options.count)
    result = run(options.seed, numbers, messages, progress=20_000)
    signal.alarm(0)
    usage = resource.getrusage(resource.RUSAGE_SELF)
    print(f"{result.inputs} inputs of {len(messages)} messages, seed {options.seed}")
    print(f"time {time.monotonic() - began:.0f} s, CPU {usage.ru_utime:.0f} s")
    print(f"slowest {result.slowest[0]:.3f} s (input {result.slowest[1]})")
    print(f"largest {result.largest[0] / 1e6:.1f} MB (input {result.largest[1]})")
    print(f"peak of the process {usage.ru_maxrss / 1024:.0f} MB")
    for name, count in sorted(result.parsed.items()):
        print(f"  parsed {name}: {count}")
    for name, count in sorted(result.refused.items()):
        print(f"  refused {name}: {count}")
    print(f"{len(result.failures)} failures")
    for number, failure in result.failures[:50]:
        print(f"  input {number}: {failure}")
    return 1 if result.failures else 0


if __name__ == "__main__":
    sys.exit(main())
