-- Of what was read from a source, and not pushed: its fields and its terms, so that another try gives the same posting.

ALTER TABLE rejections ADD COLUMN provenance jsonb;
COMMENT ON COLUMN rejections.provenance IS 'null where its publisher sent it';
