-- One row for each match, whatever becomes of it. The key is what makes an alert that alert, in the order in which rows arrive
-- (all matches of a posting together), so that the unique index is written where it was written last. Partitioned by the month in
-- which the posting's episode opened: old months drop whole.
CREATE TABLE alerts (
    opened_on date NOT NULL,
    posting_id uuid NOT NULL,
    subscription_id uuid NOT NULL,
    episode int NOT NULL,
    kind text NOT NULL CHECK (kind IN ('opened', 'changed', 'no_longer')),
    revision bigint NOT NULL,         -- of the posting where a change made it match, or not; 0 where the opening itself matched
    alert_id uuid NOT NULL,           -- UUIDv5 of the key, the name outside
    subscriber_id uuid NOT NULL,
    destination_id uuid NOT NULL,
    clauses text NOT NULL,            -- codes of schemas.filter.reasons, separated by commas
    state text NOT NULL DEFAULT 'waiting' CHECK (state IN ('waiting', 'frozen', 'sent', 'suppressed', 'failed', 'bounced')),
    reason text NOT NULL DEFAULT '',  -- in words, for a person
    due_at timestamptz NOT NULL,
    delivery_id uuid,
    recorded_at timestamptz NOT NULL DEFAULT clock_timestamp(),
    PRIMARY KEY (opened_on, posting_id, subscription_id, episode, kind, revision)
) PARTITION BY RANGE (opened_on);
CREATE INDEX alerts_waiting ON alerts (destination_id, due_at) WHERE state = 'waiting';

-- What is leased by dispatchers: a mailbox or an endpoint that has something due. Leasing alerts instead would split digests.
CREATE TABLE destinations (
    id uuid PRIMARY KEY,
    channel text NOT NULL CHECK (channel IN ('email', 'webhook')),
    due_at timestamptz NOT NULL,      -- of the earliest thing that waits; infinity when nothing does
    lease bigint NOT NULL DEFAULT 0,  -- grows with each lease: who holds an older one records nothing
    leased_until timestamptz NOT NULL DEFAULT '-infinity'
) WITH (fillfactor = 70);
CREATE INDEX destinations_due ON destinations (channel, due_at) WHERE due_at < 'infinity';
CREATE SEQUENCE leases;

-- A message as it was frozen before its first attempt: who is told what, under which id, and what its bytes are made of.
CREATE TABLE deliveries (
    id uuid PRIMARY KEY,
    channel text NOT NULL CHECK (channel IN ('email', 'webhook')),
    purpose text NOT NULL CHECK (purpose IN ('alert', 'confirmation', 'sign_in', 'test')),
    destination_id uuid NOT NULL,
    subscriber_id uuid NOT NULL,
    posting_id uuid,
    episode int,
    kind text,
    revision bigint,
    message_id text NOT NULL,         -- Message-ID, or webhook-id
    content jsonb NOT NULL,
    members jsonb NOT NULL,           -- keys of the alerts it tells
    state text NOT NULL DEFAULT 'waiting' CHECK (state IN ('waiting', 'unknown', 'sent', 'suppressed', 'failed')),
    reason text NOT NULL DEFAULT '',
    attempts int NOT NULL DEFAULT 0,
    due_at timestamptz NOT NULL,
    correlation_id text NOT NULL DEFAULT '',
    frozen_at timestamptz NOT NULL,
    finished_at timestamptz,
    untold boolean NOT NULL DEFAULT false  -- finished, and it surely never arrived: another message may tell the same
);
-- A person is told of an opening once, however many of their subscriptions match it.
CREATE UNIQUE INDEX deliveries_told ON deliveries (posting_id, destination_id, episode, kind, revision)
    WHERE posting_id IS NOT NULL AND NOT untold;
CREATE INDEX deliveries_waiting ON deliveries (destination_id, due_at) WHERE state IN ('waiting', 'unknown');

CREATE TABLE attempts (
    delivery_id uuid NOT NULL,
    number int NOT NULL,
    at timestamptz NOT NULL DEFAULT clock_timestamp(),
    result text NOT NULL CHECK (result IN ('sent', 'deferred', 'unknown', 'failed')),
    status int,                       -- of SMTP or HTTP, where the other side answered
    detail text NOT NULL,
    duration interval NOT NULL,
    PRIMARY KEY (delivery_id, number)
);

CREATE TABLE outbox (
    id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    topic text NOT NULL,
    key text NOT NULL,
    partition int,
    value bytea,
    created_at timestamptz NOT NULL DEFAULT clock_timestamp()
);
