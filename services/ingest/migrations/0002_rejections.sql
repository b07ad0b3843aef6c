-- One row for each thing that cannot be taken, however often it is sent; it is open until its posting was taken.

ALTER TABLE rejections
  ADD COLUMN identity bytea CHECK (octet_length(identity) = 32),
  ADD COLUMN count bigint NOT NULL DEFAULT 1,
  ADD COLUMN last_received_at timestamptz NOT NULL DEFAULT now(),
  ADD COLUMN resolved_at timestamptz,
  ADD COLUMN resolved_by uuid REFERENCES postings,
  ADD CHECK ((resolved_at IS NULL) = (resolved_by IS NULL));

UPDATE rejections SET
  last_received_at = received_at,
  identity = sha256(convert_to(CASE WHEN source_id IS NULL THEN 'raw ' || raw ELSE 'id ' || source_id END, 'UTF8'));

-- Of the rows that were kept for each time the newest stays, and says how many there were.
WITH same AS (
  SELECT publisher_id, identity, count(*) AS count, min(received_at) AS first, max(id) AS newest
  FROM rejections GROUP BY publisher_id, identity HAVING count(*) > 1
), gone AS (
  DELETE FROM rejections r USING same s WHERE r.publisher_id = s.publisher_id AND r.identity = s.identity AND r.id <> s.newest
)
UPDATE rejections r SET count = s.count, received_at = s.first FROM same s WHERE r.id = s.newest;

-- The default is for replicas that still run the former version: they know of no identity.
ALTER TABLE rejections
  ALTER COLUMN identity SET NOT NULL,
  ALTER COLUMN identity SET DEFAULT sha256(convert_to(gen_random_uuid()::text, 'UTF8')),
  ADD UNIQUE (publisher_id, identity);
DROP INDEX rejections_publisher_id_id_idx;
CREATE INDEX ON rejections (publisher_id, last_received_at DESC, id DESC);
CREATE INDEX ON rejections (last_received_at DESC, id DESC);
-- By which every push looks whether it settles one: most publishers have none, and then the index is empty.
CREATE INDEX rejections_open ON rejections (publisher_id, source_id) WHERE resolved_at IS NULL AND source_id IS NOT NULL;
COMMENT ON COLUMN rejections.identity IS 'SHA-256 of "id " and the source id or, where there is none, of "raw " and raw';
COMMENT ON COLUMN rejections.received_at IS 'when it came first';
COMMENT ON COLUMN rejections.last_received_at IS 'when the push began that brought it last: what that push recorded is later';
COMMENT ON COLUMN rejections.resolved_by IS 'the posting that was taken in its place';
