-- What other services own, as the notifier last heard of it. Every row carries the revision it came with; an older one is ignored.
CREATE TABLE subscribers (
    id uuid PRIMARY KEY,
    revision bigint NOT NULL,
    address text,                     -- sealed; null once the subscriber has ended
    status text NOT NULL CHECK (status IN ('active', 'ended'))
);

CREATE TABLE subscriptions (
    id uuid PRIMARY KEY,
    subscriber_id uuid NOT NULL,
    revision bigint NOT NULL,
    name text NOT NULL,
    filter jsonb NOT NULL,
    status text NOT NULL CHECK (status IN ('active', 'paused', 'ended'))
);

CREATE TABLE endpoints (
    id uuid PRIMARY KEY,
    subscriber_id uuid NOT NULL,
    revision bigint NOT NULL,
    url text NOT NULL,
    secrets text[] NOT NULL,          -- sealed, newest first
    status text NOT NULL CHECK (status IN ('active', 'disabled', 'ended'))
);

-- The state of every posting; its row is what a match being recorded and a posting being closed both lock.
CREATE TABLE postings (
    id uuid PRIMARY KEY,
    revision bigint NOT NULL,
    episode int NOT NULL,
    opened_at timestamptz NOT NULL,
    published_at timestamptz NOT NULL,
    status text NOT NULL CHECK (status IN ('open', 'closed')),
    content jsonb NOT NULL,           -- schemas.posting.PostingSummary
    correlation_id text NOT NULL
);

-- Until when each partition of `subscriptions` is known: nothing is sent on knowledge older than a second.
CREATE TABLE heartbeats (
    partition int PRIMARY KEY,
    stamped_at timestamptz NOT NULL
);
