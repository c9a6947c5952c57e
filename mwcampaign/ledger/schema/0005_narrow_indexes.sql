-- The ledger, version 5: what is due at the same time comes as it was planned. The order by key made every index of a
-- large plan grow in all places at once, which took most of the time of applying it.

DROP INDEX delivery_waiting;
CREATE INDEX delivery_waiting ON delivery (ready) WHERE state IN ('scheduled', 'retrying') AND waits = 0;
DROP INDEX delivery_essential;
CREATE INDEX delivery_essential ON delivery (ready)
    WHERE state IN ('scheduled', 'retrying') AND waits = 0 AND essential = 1;
DROP INDEX delivery_waiting_network;
CREATE INDEX delivery_waiting_network ON delivery (network, ready)
    WHERE state IN ('scheduled', 'retrying') AND waits = 0;
DROP INDEX delivery_unknown;
CREATE INDEX delivery_unknown ON delivery (ready, due) WHERE state = 'unknown';
DROP INDEX delivery_by_due;
CREATE INDEX delivery_by_due ON delivery (due);
