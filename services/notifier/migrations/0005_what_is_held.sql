-- Corrections held back while another subscription of the same mailbox matches the posting: given when that one ends or changes.
ALTER TABLE alerts DROP CONSTRAINT alerts_state_check;
ALTER TABLE alerts ADD CONSTRAINT alerts_state_check
    CHECK (state IN ('waiting', 'frozen', 'held', 'sent', 'suppressed', 'failed', 'bounced'));
CREATE INDEX alerts_held ON alerts (subscriber_id) WHERE kind = 'no_longer' AND state IN ('held', 'waiting');

-- Of the subscription's state that the posting was compared with: a later one may ask for something else. 0 where it is not known.
ALTER TABLE alerts ADD COLUMN subscription_revision bigint NOT NULL DEFAULT 0;
