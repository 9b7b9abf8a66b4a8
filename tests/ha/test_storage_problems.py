"""What is wrong with storage is told, whatever the disk says of itself."""

import pytest

from custom_components.hearthcam.engine.protocol import (
    LostCause,
    StoragePlace,
    StorageState,
)
from custom_components.hearthcam.library.models import Enforced
from custom_components.hearthcam.media_watch import MediaView
from custom_components.hearthcam.storage_options import GIGABYTE, StorageOptions
from custom_components.hearthcam.storage_problems import Problem, find_problems

ROOMY = MediaView(None, 100 * GIGABYTE, 90 * GIGABYTE)


@pytest.mark.parametrize(
    ("place", "cause", "short_by", "problems"),
    [
        (StoragePlace.SPOOL, LostCause.SLOW_STORAGE, 0, {Problem.MEDIA_FAILING}),
        (StoragePlace.NONE, LostCause.SLOW_STORAGE, 0, {Problem.MEDIA_FAILING}),
        (StoragePlace.NONE, LostCause.STORAGE_ERROR, 0, {Problem.MEDIA_FAILING}),
        (StoragePlace.SPOOL, LostCause.STORAGE_FULL, 9, {Problem.STORAGE_FULL}),
        (
            StoragePlace.NONE,
            LostCause.STORAGE_FULL,
            9,
            {Problem.STORAGE_FULL, Problem.SPOOL_FULL},
        ),
        # Room is made first; only what that does not help is told.
        (StoragePlace.SPOOL, LostCause.STORAGE_FULL, 0, set()),
        (StoragePlace.MEDIA, None, 0, set()),
    ],
)
def test_folder_that_refuses_is_told_of_though_it_looks_well(
    place: StoragePlace,
    cause: LostCause | None,
    short_by: int,
    problems: set[Problem],
) -> None:
    """By a quota, or by errors that a look does not meet."""
    state = StorageState("front_door", place, cause, 1)
    outcome = Enforced(0, 0, short_by)
    found = find_problems("/media", StorageOptions(), ROOMY, [state], None, outcome)
    assert set(found) == problems
