-- Publishers, their postings and what became of what they pushed.

CREATE TABLE publishers (
  id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  name text NOT NULL UNIQUE CHECK (length(name) BETWEEN 1 AND 100),
  created_at timestamptz NOT NULL DEFAULT clock_timestamp(),
  revoked_at timestamptz
);

CREATE TABLE publisher_keys (
  public_id text PRIMARY KEY,
  publisher_id bigint NOT NULL REFERENCES publishers,
  hash bytea NOT NULL CHECK (octet_length(hash) = 32),
  created_at timestamptz NOT NULL DEFAULT clock_timestamp(),
  revoked_at timestamptz
);
CREATE INDEX ON publisher_keys (publisher_id);

-- Episode 0 is a place kept for a posting within the transaction that opens it: nobody else ever sees one.
CREATE TABLE postings (
  id uuid PRIMARY KEY,
  publisher_id bigint NOT NULL REFERENCES publishers,
  source_id text NOT NULL,
  status text NOT NULL DEFAULT 'closed' CHECK (status IN ('open', 'closed')),
  content jsonb,
  content_hash bytea,
  revision bigint NOT NULL DEFAULT 0,
  episode int NOT NULL DEFAULT 0,
  opened_at timestamptz,
  closed_at timestamptz,
  UNIQUE (publisher_id, source_id),
  CHECK (episode = 0 OR (content IS NOT NULL AND content_hash IS NOT NULL AND opened_at IS NOT NULL))
);

-- PGLZ takes four times as long as all the rest of a push (1,000 against 160 us for a posting of 12 kB): LZ4, where the server has it.
DO $$
BEGIN
  ALTER TABLE postings ALTER COLUMN content SET COMPRESSION lz4;
EXCEPTION WHEN feature_not_supported THEN
  ALTER TABLE postings ALTER COLUMN content SET STORAGE EXTERNAL;
END $$;

-- When a publisher was seen to offer a posting. Updated at every push, so the row is small and no index names what changes.
CREATE TABLE sightings (
  posting_id uuid NOT NULL REFERENCES postings,
  publisher_id bigint NOT NULL REFERENCES publishers,
  first_seen_at timestamptz NOT NULL DEFAULT clock_timestamp(),
  last_seen_at timestamptz NOT NULL DEFAULT clock_timestamp(),
  count bigint NOT NULL DEFAULT 1,
  PRIMARY KEY (posting_id, publisher_id)
) WITH (fillfactor = 70);

CREATE TABLE rejections (
  id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  publisher_id bigint NOT NULL REFERENCES publishers,
  received_at timestamptz NOT NULL DEFAULT clock_timestamp(),
  place text NOT NULL,
  source_id text,
  raw text NOT NULL,
  errors jsonb NOT NULL,
  correlation_id text NOT NULL
);
CREATE INDEX ON rejections (publisher_id, id DESC);
COMMENT ON COLUMN rejections.place IS 'where it stood: item of a push, line of a file';
COMMENT ON COLUMN rejections.raw IS 'the item as JSON in ASCII, or the line that was no JSON; cut after a million characters';

CREATE TABLE outbox (
  id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  topic text NOT NULL,
  key text NOT NULL,
  partition int,
  value bytea STORAGE EXTERNAL, -- it is gone in milliseconds: compressing it would be the larger part of its life
  created_at timestamptz NOT NULL DEFAULT clock_timestamp()
);
