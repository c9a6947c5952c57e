-- The ledger, version 2: a person's hand on the week, and who has to wait.

ALTER TABLE delivery ADD COLUMN country TEXT NOT NULL DEFAULT '';
ALTER TABLE delivery ADD COLUMN essential INTEGER NOT NULL DEFAULT 0;   -- passes a halt
ALTER TABLE delivery ADD COLUMN makers TEXT NOT NULL DEFAULT '[]';      -- who cannot approve it, as JSON
ALTER TABLE delivery ADD COLUMN approved TEXT;                          -- who said yes to exactly this
ALTER TABLE delivery ADD COLUMN held TEXT;                              -- who said no, and why
ALTER TABLE delivery ADD COLUMN waits INTEGER NOT NULL DEFAULT 0;       -- it needs a yes before it may go
ALTER TABLE delivery ADD COLUMN wish_due INTEGER;                       -- the campaign's times, where a person
ALTER TABLE delivery ADD COLUMN wish_closes INTEGER;                    -- gave it others
ALTER TABLE delivery ADD COLUMN by_hand TEXT NOT NULL DEFAULT '';       -- what a person decided against the campaign

DROP INDEX delivery_waiting;
CREATE INDEX delivery_waiting ON delivery (ready, key) WHERE state IN ('scheduled', 'retrying') AND waits = 0;
CREATE INDEX delivery_essential ON delivery (ready, key)
    WHERE state IN ('scheduled', 'retrying') AND waits = 0 AND essential = 1;
CREATE INDEX delivery_by_account ON delivery (account, posted_at) WHERE state = 'delivered';
CREATE INDEX delivery_by_network ON delivery (network, posted_at) WHERE state = 'delivered';

ALTER TABLE account ADD COLUMN last INTEGER;                            -- when it last posted, or may have
ALTER TABLE account ADD COLUMN server TEXT GENERATED ALWAYS AS
    (CASE WHEN json_valid(body) THEN rtrim(coalesce(json_extract(body, '$.server'), ''), '/') ELSE '' END) VIRTUAL;
CREATE INDEX account_last ON account (last) WHERE last IS NOT NULL;

CREATE TABLE edition (
    id          TEXT PRIMARY KEY,
    approval    TEXT NOT NULL CHECK (approval IN ('required', 'none'))
) STRICT;

CREATE TABLE halt (
    id          INTEGER PRIMARY KEY,
    scope       TEXT NOT NULL CHECK (scope IN ('everything', 'country', 'network', 'theme', 'institution')),
    value       TEXT NOT NULL,
    since       INTEGER NOT NULL,
    who         TEXT NOT NULL,
    why         TEXT NOT NULL,
    ended       INTEGER,
    ended_by    TEXT,
    ended_why   TEXT
) STRICT;
CREATE UNIQUE INDEX halt_open ON halt (scope, value) WHERE ended IS NULL;

CREATE TABLE pause (
    reach       TEXT NOT NULL CHECK (reach IN ('account', 'application', 'network')),
    name        TEXT NOT NULL,
    since       INTEGER NOT NULL,
    until       INTEGER,                   -- NULL: troubles are only counted so far
    why         TEXT NOT NULL,
    tries       INTEGER NOT NULL,
    accounts    TEXT NOT NULL,             -- JSON
    PRIMARY KEY (reach, name)
) STRICT, WITHOUT ROWID;
CREATE INDEX pause_until ON pause (until) WHERE until IS NOT NULL;
