-- What was answered to a request with an Idempotency-Key, kept for a day and written in the transaction of what the request did.

CREATE TABLE answers (
  publisher_id bigint NOT NULL REFERENCES publishers,
  key text NOT NULL CHECK (length(key) BETWEEN 1 AND 255),
  fingerprint bytea NOT NULL CHECK (octet_length(fingerprint) = 32),
  status int NOT NULL CHECK (status BETWEEN 200 AND 499),
  body bytea NOT NULL,
  answered_at timestamptz NOT NULL DEFAULT clock_timestamp(),
  PRIMARY KEY (publisher_id, key)
);
CREATE INDEX ON answers (answered_at);
COMMENT ON COLUMN answers.fingerprint IS 'SHA-256 of method, path and body';
