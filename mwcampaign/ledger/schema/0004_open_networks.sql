-- The ledger, version 4: what is due on the networks that are open, past any number of rows of one that is shut.

CREATE INDEX delivery_waiting_network ON delivery (network, ready, key)
    WHERE state IN ('scheduled', 'retrying') AND waits = 0;
ALTER TABLE account ADD COLUMN network TEXT GENERATED ALWAYS AS
    (CASE WHEN json_valid(body) THEN coalesce(json_extract(body, '$.network'), '') ELSE '' END) VIRTUAL;
CREATE INDEX account_servers ON account (network, server);
