"""The tables of the library, and how older ones become these."""

from typing import Final

UPGRADES: Final[tuple[tuple[str, ...], ...]] = (
    (
        """
        CREATE TABLE clip (
            clip_id TEXT NOT NULL PRIMARY KEY,
            camera_id TEXT NOT NULL,
            event_id TEXT NOT NULL,
            kind TEXT NOT NULL,
            start REAL NOT NULL,
            end REAL NOT NULL,
            event_start REAL NOT NULL,
            path TEXT NOT NULL UNIQUE,
            thumbnail TEXT,
            size INTEGER NOT NULL,
            codec TEXT NOT NULL,
            width INTEGER NOT NULL,
            height INTEGER NOT NULL,
            has_audio INTEGER NOT NULL,
            score REAL NOT NULL,
            recovered INTEGER NOT NULL
        ) STRICT, WITHOUT ROWID
        """,
        # Covers counting and summing, so that neither reads the rows.
        "CREATE INDEX clip_by_camera ON clip (camera_id, start, size)",
    ),
    (
        # With a number as its key, for every index repeats the key.
        """
        CREATE TABLE clip_2 (
            id INTEGER PRIMARY KEY,
            clip_id TEXT NOT NULL UNIQUE,
            camera_id TEXT NOT NULL,
            event_id TEXT NOT NULL,
            kind TEXT NOT NULL,
            start REAL NOT NULL,
            end REAL NOT NULL,
            event_start REAL NOT NULL,
            place TEXT NOT NULL,
            thumbnail INTEGER NOT NULL,
            size INTEGER NOT NULL,
            codec TEXT NOT NULL,
            width INTEGER NOT NULL,
            height INTEGER NOT NULL,
            has_audio INTEGER NOT NULL,
            score REAL NOT NULL,
            recovered INTEGER NOT NULL,
            protected INTEGER NOT NULL,
            zones TEXT NOT NULL,
            store TEXT NOT NULL
        ) STRICT
        """,
        """
        INSERT INTO clip_2 (
            clip_id, camera_id, event_id, kind, start, end, event_start, place,
            thumbnail, size, codec, width, height, has_audio, score, recovered,
            protected, zones, store
        )
        SELECT clip_id, camera_id, event_id, kind, start, end, event_start,
            substr(path, length(camera_id) + 2, 19),
            thumbnail IS NOT NULL, size, codec, width, height, has_audio, score,
            recovered, 0, '', 'media'
        FROM clip ORDER BY start
        """,
        "DROP TABLE clip",
        "ALTER TABLE clip_2 RENAME TO clip",
        # Between them they hold all that is asked of many rows at once, so that
        # only the rows of one page are read.
        """
        CREATE INDEX clip_by_camera
        ON clip (camera_id, start, end, kind, protected, size, store)
        """,
        """
        CREATE INDEX clip_by_start
        ON clip (start, camera_id, kind, protected, size, store, zones)
        """,
        "CREATE INDEX clip_spooled ON clip (start) WHERE store = 'spool'",
        "CREATE INDEX clip_by_place ON clip (camera_id, place)",
        """
        CREATE INDEX clip_protected ON clip (camera_id, start, end)
        WHERE protected = 1
        """,
        "CREATE TABLE zone (id INTEGER PRIMARY KEY, zone_id TEXT NOT NULL UNIQUE) STRICT",
        # The rows of media folders that are not here: see `volume`.
        """
        CREATE TABLE away (
            volume TEXT NOT NULL,
            clip_id TEXT NOT NULL,
            camera_id TEXT NOT NULL,
            event_id TEXT NOT NULL,
            kind TEXT NOT NULL,
            start REAL NOT NULL,
            end REAL NOT NULL,
            event_start REAL NOT NULL,
            place TEXT NOT NULL,
            thumbnail INTEGER NOT NULL,
            size INTEGER NOT NULL,
            codec TEXT NOT NULL,
            width INTEGER NOT NULL,
            height INTEGER NOT NULL,
            has_audio INTEGER NOT NULL,
            score REAL NOT NULL,
            recovered INTEGER NOT NULL,
            protected INTEGER NOT NULL,
            zones TEXT NOT NULL,
            PRIMARY KEY (volume, clip_id)
        ) STRICT, WITHOUT ROWID
        """,
        """
        CREATE TABLE event (
            id INTEGER PRIMARY KEY,
            event_id TEXT NOT NULL UNIQUE,
            camera_id TEXT NOT NULL,
            kind TEXT NOT NULL,
            start REAL NOT NULL,
            end REAL,
            score REAL NOT NULL,
            zones TEXT NOT NULL
        ) STRICT
        """,
        "CREATE INDEX event_by_camera ON event (camera_id, start, end, kind)",
        "CREATE INDEX event_by_start ON event (start, camera_id, kind, zones)",
        """
        CREATE TABLE ledger (
            camera_id TEXT NOT NULL,
            start REAL NOT NULL,
            end REAL NOT NULL,
            state TEXT NOT NULL,
            cause TEXT,
            PRIMARY KEY (camera_id, start)
        ) STRICT, WITHOUT ROWID
        """,
        """
        CREATE TABLE ledger_open (
            camera_id TEXT NOT NULL PRIMARY KEY,
            orderly INTEGER NOT NULL,
            start REAL NOT NULL,
            end REAL NOT NULL,
            state TEXT NOT NULL,
            cause TEXT
        ) STRICT, WITHOUT ROWID
        """,
        """
        CREATE TABLE meta (key TEXT NOT NULL PRIMARY KEY, value TEXT NOT NULL)
        STRICT, WITHOUT ROWID
        """,
    ),
    (
        # Marks of privacy zones, packed as the zones are.
        "ALTER TABLE clip ADD COLUMN mask TEXT NOT NULL DEFAULT ''",
        "ALTER TABLE away ADD COLUMN mask TEXT NOT NULL DEFAULT ''",
    ),
)
"""Step n leads from schema n to n + 1; a step once released never changes."""

SCHEMA: Final = len(UPGRADES)
