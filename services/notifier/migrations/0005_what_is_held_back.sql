-- Corrections held back because another subscription of the same mailbox matches the posting: given when that one ends or changes.
CREATE INDEX alerts_held ON alerts (subscriber_id) WHERE kind = 'no_longer' AND state IN ('suppressed', 'waiting');
