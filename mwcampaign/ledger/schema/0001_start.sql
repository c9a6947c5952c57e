-- The ledger, version 1. Times are integer milliseconds since 1970, UTC. Rows are never deleted.

CREATE TABLE message (
    id      INTEGER PRIMARY KEY,
    digest  BLOB NOT NULL UNIQUE,          -- sha256 of body
    body    TEXT NOT NULL                  -- canonical JSON of core.message.Message
) STRICT;

CREATE TABLE account (
    id      TEXT PRIMARY KEY,
    body    TEXT NOT NULL                  -- canonical JSON; secrets as references only
) STRICT;

CREATE TABLE delivery (
    id          INTEGER PRIMARY KEY,
    key         TEXT NOT NULL UNIQUE,
    edition     TEXT NOT NULL,
    post        TEXT NOT NULL,
    part        INTEGER NOT NULL,
    institution TEXT NOT NULL,
    account     TEXT NOT NULL,
    network     TEXT NOT NULL,
    theme       TEXT NOT NULL,
    due         INTEGER NOT NULL,
    closes      INTEGER NOT NULL,
    message     INTEGER NOT NULL REFERENCES message (id),
    after       TEXT,                      -- key of the thread's part before
    digest      TEXT NOT NULL,             -- of everything a reviewer saw
    state       TEXT NOT NULL CHECK (state IN ('scheduled', 'preparing', 'sending', 'unknown', 'retrying',
                                               'delivered', 'failed', 'missed', 'cancelled')),
    attempts    INTEGER NOT NULL DEFAULT 0,
    ready       INTEGER NOT NULL,          -- earliest next step: due, the time of a retry, or of the next look
    not_before  INTEGER,
    why         TEXT NOT NULL DEFAULT '',
    remote_id   TEXT,
    url         TEXT,
    posted_at   INTEGER,
    revision    TEXT NOT NULL DEFAULT '',
    CHECK ((state = 'delivered') = (remote_id IS NOT NULL))
) STRICT;

-- Each index holds only the rows its question is about, so a finished week costs nothing.
CREATE INDEX delivery_waiting ON delivery (ready, key) WHERE state IN ('scheduled', 'retrying');
CREATE INDEX delivery_closing ON delivery (closes) WHERE state IN ('scheduled', 'retrying');
CREATE INDEX delivery_unknown ON delivery (ready, due, key) WHERE state = 'unknown';
CREATE INDEX delivery_in_hand ON delivery (account) WHERE state IN ('preparing', 'sending');
CREATE INDEX delivery_after ON delivery (after) WHERE after IS NOT NULL;
CREATE INDEX delivery_by_due ON delivery (due, key);

CREATE TABLE attempt (
    id          INTEGER PRIMARY KEY,
    delivery    INTEGER NOT NULL REFERENCES delivery (id),
    number      INTEGER NOT NULL,
    runner      TEXT NOT NULL,
    started     INTEGER NOT NULL,
    lease_until INTEGER NOT NULL,
    address     TEXT,
    payload     TEXT,
    sealed_at   INTEGER,
    digest      TEXT,                      -- the delivery's digest when it was sealed
    ended       INTEGER,
    outcome     TEXT,
    why         TEXT NOT NULL DEFAULT '',
    UNIQUE (delivery, number)
) STRICT;

-- Two open attempts of one delivery are impossible, not merely avoided.
CREATE UNIQUE INDEX attempt_open ON attempt (delivery) WHERE ended IS NULL;
CREATE INDEX attempt_lease ON attempt (lease_until) WHERE ended IS NULL;

CREATE TABLE history (
    id          INTEGER PRIMARY KEY,
    delivery    INTEGER NOT NULL REFERENCES delivery (id),
    at          INTEGER NOT NULL,
    event       TEXT NOT NULL,
    before      TEXT,
    after       TEXT NOT NULL,
    who         TEXT NOT NULL,
    why         TEXT NOT NULL DEFAULT ''
) STRICT;
CREATE INDEX history_delivery ON history (delivery);

CREATE TABLE serial (
    one     INTEGER PRIMARY KEY CHECK (one = 1),
    value   INTEGER NOT NULL
) STRICT;
INSERT INTO serial VALUES (1, 0);
