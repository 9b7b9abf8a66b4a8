"""Clips that were said to hide a zone, and a test found that it shows."""

from dataclasses import replace
from datetime import timedelta
from functools import partial
import math

import pytest
from pytest_homeassistant_custom_component.common import flush_store

from custom_components.hearthcam.const import DOMAIN
from custom_components.hearthcam.engine.inspection import inspect
from custom_components.hearthcam.engine.parts import PrivacyZone
from custom_components.hearthcam.engine.polygon import mark_of
from custom_components.hearthcam.engine.protocol import Inspect
from custom_components.hearthcam.library.doubts import with_doubt
from custom_components.hearthcam.library.index import Library
from custom_components.hearthcam.library.layout import thumbnail_path
from custom_components.hearthcam.library.models import Clip
from custom_components.hearthcam.past_gate import async_can_paint, async_hides
from custom_components.hearthcam.privacy_result import (
    CheckResult,
    CheckStore,
    OutputCheck,
    async_check_store,
)
from custom_components.hearthcam.privacy_trust import Trust
from homeassistant.core import HomeAssistant
from tests.engine.films import write_film
from tests.engine.samples import video
from tests.library.clips import tag_of

from .media_fixtures import media_fixture  # noqa: F401 - pytest finds it by name
from .test_past import (
    DATA,
    POLYGON,
    WINDOW,
    Past,
    draw,
    past_fixture,  # noqa: F401 - pytest finds it by name
)
from .test_views import MOMENT

CAMERA = "front_door"
MARK = mark_of(POLYGON)
LEAKED = CheckResult(1.0, (OutputCheck("clip", 3, leaked=9),), (MARK,))
PASSED = CheckResult(2.0, (OutputCheck("clip", 3),), (MARK,))


async def masked_clip(past: Past, number: int) -> Clip:
    """Record a clip that is said to hide the zone, and does not."""
    clip = await past.clip(number)
    clip = replace(clip, mask=(MARK,))
    file = past.media.root / clip.path
    file.unlink()
    tag = replace(tag_of(clip), mask=clip.mask)
    write_film(file, *video(4.0), comment=tag.to_json())
    await past.media.library.add(clip)
    return clip


async def known(library: Library, clip: Clip) -> Clip:
    """Return the clip's row."""
    row = await library.get(clip.clip_id)
    assert row is not None
    return row


def hides(hass: HomeAssistant, clip: Clip) -> bool:
    """Tell whether a clip is given to nobody."""
    return async_hides(hass, CAMERA, clip.mask)


async def leak(
    hass: HomeAssistant, past: Past, zone_id: str, proven: float = 0.0
) -> None:
    """Have a test find that the zone shows, an hour after the clips were recorded."""
    checks = async_check_store(hass)
    trust = Trust({MARK: proven}).leaked(
        (PrivacyZone(zone_id, POLYGON),), MOMENT.timestamp() + 3600
    )
    checks.put_trust(CAMERA, trust)
    checks.put(CAMERA, LEAKED)
    await past.keeper.async_distrust(past.media.library)


@pytest.mark.parametrize("changes", [{}, {"past": False}, {"modes": ["disarmed"]}])
async def test_what_was_promised_black_is_painted_again_once_masking_is_proven(
    hass: HomeAssistant, past: Past, changes: dict[str, object]
) -> None:
    """Also where the zone does not cover recordings from before: these are none."""
    library = past.media.library
    zone_id = draw(hass, **changes)
    proven = MOMENT.timestamp() + 90
    before, clip = await masked_clip(past, 1), await masked_clip(past, 2)
    assert not hides(hass, clip)

    await leak(hass, past, zone_id, proven)

    # The one that was recorded before the last test that passed is believed.
    assert (await known(library, before)).mask == (MARK,)
    doubted = await known(library, clip)
    assert doubted.mask == (with_doubt(MARK),)
    assert hides(hass, doubted)
    # What leaks is not trusted with painting either.
    past.keeper.want(doubted)
    assert await past.keeper._do_next(library) is None
    assert not async_can_paint(hass, CAMERA, doubted.mask)
    assert not past.engine.asked

    async_check_store(hass).put(CAMERA, PASSED)
    assert await past.keeper._do_next(library) is not None
    assert await past.keeper._do_next(library) is None

    done = await known(library, clip)
    assert done.mask == (MARK,)
    assert not hides(hass, done)
    file = past.media.root / clip.path
    for shown in (file, thumbnail_path(file)):
        found = inspect(Inspect("r", str(shown), (POLYGON,)))
        assert (found.error, found.leaked) == (None, 0)
    assert [name.partition("_")[2] for name in past.engine.asked] == [
        f"{clip.clip_id}.mp4"
    ]


async def test_doubt_outlasts_a_library_that_is_built_anew_from_its_files(
    hass: HomeAssistant, past: Past
) -> None:
    """They say of themselves that the zone is black in them."""
    zone_id = draw(hass)
    clip = await masked_clip(past, 1)
    await leak(hass, past, zone_id)
    anew = Library(past.media.root.parent / "anew.db", past.media.root)
    anew.judge = async_check_store(hass).judge
    await anew.open()
    await anew.reconcile()
    assert hides(hass, await known(anew, clip))
    await anew.close()


async def test_doubt_outlasts_a_restart(
    hass: HomeAssistant, past: Past, hass_storage: dict[str, object]
) -> None:
    zone_id = draw(hass)
    await leak(hass, past, zone_id)
    await flush_store(async_check_store(hass)._store)
    trust = async_check_store(hass).trust(CAMERA)
    again = CheckStore(hass)
    await again.async_load()
    assert again.trust(CAMERA) == trust
    assert [doubt.noted for doubt in trust.doubts] == [True]
    assert again.get(CAMERA) == LEAKED
    # The camera goes, and what its clips were promised stays.
    again.put(CAMERA, None)
    assert again.trust(CAMERA) == trust


async def test_zone_that_was_moved_meanwhile_is_painted_where_it_was(
    hass: HomeAssistant, past: Past
) -> None:
    library = past.media.library
    zone_id = draw(hass, past=False)
    clip = await masked_clip(past, 1)
    await leak(hass, past, zone_id)
    async_check_store(hass).put(CAMERA, PASSED)
    (entry,) = hass.config_entries.async_entries(DOMAIN)
    zone = entry.subentries[zone_id]
    moved = DATA | {"past": False, "polygon": WINDOW[:3]}
    hass.config_entries.async_update_subentry(entry, zone, data=moved)
    assert hides(hass, await known(library, clip))

    assert await past.keeper._do_next(library) is not None

    assert not hides(hass, await known(library, clip))
    found = inspect(Inspect("r", str(past.media.root / clip.path), (POLYGON,)))
    assert found.leaked == 0


async def test_doubt_ends_with_the_zone_and_comes_back_with_it(
    hass: HomeAssistant, past: Past
) -> None:
    zone_id = draw(hass)
    clip = await masked_clip(past, 1)
    await leak(hass, past, zone_id)
    doubted = await known(past.media.library, clip)
    (entry,) = hass.config_entries.async_entries(DOMAIN)
    update = partial(hass.config_entries.async_update_subentry, entry)
    update(entry.subentries[zone_id], data=DATA | {"enabled": False})
    assert not hides(hass, doubted)
    update(entry.subentries[zone_id], data=DATA)
    assert hides(hass, doubted)
    hass.config_entries.async_remove_subentry(entry, zone_id)
    assert not hides(hass, doubted)


async def test_doubt_of_which_nobody_knows_where_it_was_hides_while_there_are_zones(
    hass: HomeAssistant, past: Past
) -> None:
    mask = (MARK, with_doubt("0" * 12))
    assert not async_hides(hass, CAMERA, mask)
    draw(hass)
    assert async_hides(hass, CAMERA, mask)
    assert not async_can_paint(hass, CAMERA, mask)


async def test_clip_that_is_painted_while_a_test_finds_a_leak_is_not_believed(
    hass: HomeAssistant, past: Past, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Though it was recorded long before the last test that passed."""
    library = past.media.library
    zone_id = draw(hass)
    clip = await past.clip(1)
    paint = past.engine.async_black_out

    async def painted(*args: object, **options: object) -> object:
        answer = await paint(*args, **options)  # type: ignore[arg-type]  # as given
        checks = async_check_store(hass)
        trust = checks.trust(CAMERA).passed((MARK,), math.inf)
        # A test that passed would have begun after this clip was.
        trust = replace(trust, painted=checks.trust(CAMERA).painted)
        zones = (PrivacyZone(zone_id, POLYGON),)
        checks.put_trust(CAMERA, trust.leaked(zones, MOMENT.timestamp() + 3600))
        return answer

    monkeypatch.setattr(past.engine, "async_black_out", painted)
    assert await past.keeper._do_next(library) is not None
    assert (await known(library, clip)).mask == (with_doubt(MARK),)


async def test_nothing_is_painted_over_what_a_leak_has_just_made_doubtful(
    hass: HomeAssistant, past: Past, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The row that was read a moment ago would have it believed again."""
    library = past.media.library
    zone_id = draw(hass)
    draw(hass, polygon=WINDOW[:3])
    clip = await masked_clip(past, 1)
    forget = library.forget_preview

    async def forgotten(found: Clip) -> None:
        await forget(found)
        await leak(hass, past, zone_id)

    monkeypatch.setattr(library, "forget_preview", forgotten)
    assert await past.keeper._do_next(library) == 0.0
    assert (await known(library, clip)).mask == (with_doubt(MARK),)


def test_what_an_interrupted_test_recorded_is_doubted_too() -> None:
    """Only the test that passes tells until when it leaked."""
    zone = PrivacyZone("window", POLYGON)
    trust = Trust({MARK: 5.0, "other": 5.0}).leaked((zone,), 10.0)
    assert trust.extended(("other",), 20.0) == trust
    longer = trust.noted().extended((MARK,), 20.0)
    assert [(one.since, one.until, one.noted) for one in longer.doubts] == [
        (5.0, 20.0, False)
    ]
    freed = longer.passed((MARK,), 20.0)
    assert freed.extended((MARK,), 30.0) == freed


def test_what_was_painted_is_believed_once_all_that_is_painted_was_looked_at() -> None:
    """A test by day says nothing of a zone that counts at night only."""
    zone = PrivacyZone("window", POLYGON)
    trust = Trust({}).leaked((zone,), 10.0).passed((MARK,), 20.0)
    trust = replace(trust, painted=1.0).passed(("other",), 30.0)
    (_, doubt) = trust.leaked((zone,), 40.0).doubts
    assert (doubt.since, doubt.until) == (1.0, 40.0)
    assert trust.passed((MARK, "other"), 35.0).painted is None


async def test_figures_count_what_is_doubted(hass: HomeAssistant, past: Past) -> None:
    zone_id = draw(hass, past=False)
    clip = await masked_clip(past, 1)
    library = past.media.library
    assert await library.count_lacking(CAMERA, (), {MARK}) == 0
    await leak(hass, past, zone_id)
    assert await library.count_lacking(CAMERA, (), {MARK}) == 1
    found = await library.lacking(CAMERA, {MARK}, {MARK})
    assert [one.clip_id for one in found] == [clip.clip_id]
    # Nothing was recorded in between: a second test that fails finds no other ones.
    moment = (MOMENT + timedelta(days=1)).timestamp()
    trust = async_check_store(hass).trust(CAMERA)
    again = trust.leaked((PrivacyZone(zone_id, POLYGON),), moment)
    assert [doubt.until for doubt in again.doubts] == [moment]
