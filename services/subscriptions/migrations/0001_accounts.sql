-- Subscribers, their subscriptions with versions, endpoints, API keys, consents, and the outbox.

-- The next revision of a row: it only grows, also when the clock was set back or the database restored from a backup.
CREATE FUNCTION next_revision(previous bigint) RETURNS bigint LANGUAGE sql VOLATILE AS
  'SELECT GREATEST(previous + 1, (extract(epoch FROM clock_timestamp()) * 1000000)::bigint)';

CREATE TABLE subscribers (
  id uuid PRIMARY KEY,
  fingerprint bytea UNIQUE,  -- keyed hash of the address, by which an account is found; null once erased
  inbox bytea,               -- keyed hash of what addresses of one inbox have in common; limits mails
  address text,              -- sealed; null once erased
  status text NOT NULL DEFAULT 'pending' CHECK (status IN ('pending', 'active', 'ended')),
  revision bigint NOT NULL DEFAULT next_revision(0),
  created_at timestamptz NOT NULL DEFAULT clock_timestamp(),
  asked_at timestamptz NOT NULL DEFAULT clock_timestamp(),  -- the last sign-up with this address
  confirmed_at timestamptz,
  ended_at timestamptz,
  CHECK ((status = 'ended') = (address IS NULL)),
  CHECK ((status = 'ended') = (fingerprint IS NULL)),
  CHECK ((status = 'ended') = (ended_at IS NOT NULL))
);
CREATE INDEX subscribers_inbox ON subscribers (inbox);
CREATE INDEX subscribers_pending ON subscribers (asked_at) WHERE status = 'pending';
CREATE INDEX subscribers_ended ON subscribers (ended_at) WHERE status = 'ended';

CREATE TABLE subscriptions (
  id uuid PRIMARY KEY,
  subscriber_id uuid NOT NULL REFERENCES subscribers,
  name text NOT NULL,
  filter jsonb NOT NULL,
  filter_version int NOT NULL DEFAULT 1,  -- major version of the filter's contract, for the day it has a second
  cadence text NOT NULL,
  destination_kind text NOT NULL CHECK (destination_kind IN ('email', 'webhook')),
  destination_id uuid NOT NULL,           -- the subscriber's own id, or an endpoint's
  status text NOT NULL CHECK (status IN ('pending', 'active', 'paused', 'ended')),
  effective_from timestamptz,
  revision bigint NOT NULL DEFAULT next_revision(0),
  created_at timestamptz NOT NULL DEFAULT clock_timestamp(),
  updated_at timestamptz NOT NULL DEFAULT clock_timestamp(),
  ended_at timestamptz,
  last_alert_at timestamptz,
  CHECK (effective_from IS NOT NULL OR status IN ('pending', 'ended')),
  CHECK ((status = 'ended') = (ended_at IS NOT NULL))
);
CREATE INDEX subscriptions_subscriber ON subscriptions (subscriber_id, created_at, id);
CREATE INDEX subscriptions_pending ON subscriptions (created_at) WHERE status = 'pending';
CREATE INDEX subscriptions_ended ON subscriptions (ended_at) WHERE status = 'ended';

CREATE TABLE subscription_versions (
  subscription_id uuid NOT NULL REFERENCES subscriptions ON DELETE CASCADE,
  revision bigint NOT NULL,
  filter jsonb NOT NULL,
  changed_at timestamptz NOT NULL,
  PRIMARY KEY (subscription_id, revision)
);

CREATE TABLE endpoints (
  id uuid PRIMARY KEY,
  subscriber_id uuid NOT NULL REFERENCES subscribers,
  url text NOT NULL,  -- empty once ended
  status text NOT NULL DEFAULT 'active' CHECK (status IN ('active', 'disabled', 'ended')),
  revision bigint NOT NULL DEFAULT next_revision(0),
  created_at timestamptz NOT NULL DEFAULT clock_timestamp(),
  ended_at timestamptz,
  CHECK ((status = 'ended') = (ended_at IS NOT NULL))
);
CREATE INDEX endpoints_subscriber ON endpoints (subscriber_id, created_at);
CREATE INDEX endpoints_ended ON endpoints (ended_at) WHERE status = 'ended';

CREATE TABLE endpoint_secrets (
  endpoint_id uuid NOT NULL REFERENCES endpoints ON DELETE CASCADE,
  sealed text NOT NULL,
  created_at timestamptz NOT NULL DEFAULT clock_timestamp(),
  expires_at timestamptz,  -- set when a newer one takes its place
  PRIMARY KEY (endpoint_id, sealed)
);

CREATE TABLE api_keys (
  id uuid PRIMARY KEY,
  subscriber_id uuid NOT NULL REFERENCES subscribers ON DELETE CASCADE,
  hash bytea NOT NULL,
  created_at timestamptz NOT NULL DEFAULT clock_timestamp(),
  last_used_at timestamptz,  -- to the hour
  revoked_at timestamptz
);
CREATE INDEX api_keys_subscriber ON api_keys (subscriber_id);

CREATE TABLE consents (
  id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  subscriber_id uuid NOT NULL REFERENCES subscribers ON DELETE CASCADE,
  what text NOT NULL,
  at timestamptz NOT NULL DEFAULT clock_timestamp(),
  evidence text NOT NULL
);
CREATE INDEX consents_subscriber ON consents (subscriber_id);

-- Who asked for a sign-in link, known or not: the limit on mails, and the same work for both.
CREATE TABLE sign_ins (
  inbox bytea NOT NULL,
  at timestamptz NOT NULL DEFAULT clock_timestamp()
);
CREATE INDEX sign_ins_inbox ON sign_ins (inbox, at);
CREATE INDEX sign_ins_at ON sign_ins (at);

CREATE TABLE outbox (
  id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  topic text NOT NULL,
  key text NOT NULL,
  partition int,
  value bytea,
  created_at timestamptz NOT NULL DEFAULT clock_timestamp()
);
