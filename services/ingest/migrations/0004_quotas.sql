-- What a publisher may have open and push. NULL: what the service's settings say.

ALTER TABLE publishers
  ADD COLUMN per_minute int CHECK (per_minute > 0),
  ADD COLUMN most_open int CHECK (most_open >= 0);

-- How many postings are open, written in the transactions that open and close them: counting 100,000 at each push would take longer than the push.
CREATE TABLE publisher_loads (
  publisher_id bigint PRIMARY KEY REFERENCES publishers,
  open bigint NOT NULL
) WITH (fillfactor = 50);
INSERT INTO publisher_loads SELECT publisher_id, count(*) FROM postings WHERE status = 'open' GROUP BY publisher_id;

-- Token buckets. Not logged: no disk is waited for at each push, and after a crash they are empty, which means that all may push at once.
CREATE UNLOGGED TABLE publisher_buckets (
  publisher_id bigint PRIMARY KEY,
  tokens float8 NOT NULL,
  at timestamptz NOT NULL
) WITH (fillfactor = 50);
