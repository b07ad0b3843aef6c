-- Corrections held back while another subscription of the same mailbox matches the posting: given when that one ends or changes.
ALTER TABLE alerts DROP CONSTRAINT alerts_state_check;
ALTER TABLE alerts ADD CONSTRAINT alerts_state_check
    CHECK (state IN ('waiting', 'frozen', 'held', 'sent', 'suppressed', 'failed', 'bounced'));
CREATE INDEX alerts_held ON alerts (subscriber_id) WHERE kind = 'no_longer' AND state IN ('held', 'waiting');

-- Of the event that matched: a subscription changed after that may ask for something else. Long ago, where it is not known.
ALTER TABLE alerts ADD COLUMN published_at timestamptz NOT NULL DEFAULT '-infinity';
