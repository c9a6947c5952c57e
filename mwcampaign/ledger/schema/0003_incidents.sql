-- The ledger, version 3: what a person was told of, so that restarts and a second process do not tell again.

CREATE TABLE incident (
    kind    TEXT NOT NULL,
    what    TEXT NOT NULL,             -- account, network or run
    name    TEXT NOT NULL,
    key     TEXT NOT NULL,             -- the first delivery's, '' for none
    count   INTEGER NOT NULL,
    taken   INTEGER NOT NULL,          -- when somebody last took it on to tell of it
    told    INTEGER NOT NULL DEFAULT 0,
    PRIMARY KEY (kind, what, name)
) STRICT, WITHOUT ROWID;
