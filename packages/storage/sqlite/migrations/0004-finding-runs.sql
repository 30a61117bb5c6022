-- What runs are found by: why they wait or faulted, attributes that their flows name, tags of their flows' versions.

ALTER TABLE runs ADD COLUMN reason TEXT;

-- `kind` is text, number or boolean (1 and 0); one row per name, the newest value.
CREATE TABLE run_attributes (
  run_key INTEGER NOT NULL,
  attribute TEXT NOT NULL,
  kind TEXT NOT NULL,
  value NOT NULL
);
CREATE UNIQUE INDEX run_attributes_by_run ON run_attributes (run_key, attribute);
CREATE INDEX run_attributes_by_value ON run_attributes (attribute, kind, value, run_key);

CREATE TABLE definition_tags (
  tenant TEXT NOT NULL,
  namespace TEXT NOT NULL,
  name TEXT NOT NULL,
  version TEXT NOT NULL,
  tag TEXT NOT NULL,
  tag_value TEXT NOT NULL
);
CREATE UNIQUE INDEX definition_tags_by_name ON definition_tags (tenant, namespace, name, version, tag);

CREATE VIEW run_attribute_list AS
  SELECT runs.tenant, runs.id, runs.workflow, run_attributes.attribute, run_attributes.kind, run_attributes.value
  FROM run_attributes JOIN runs USING (run_key);

-- A run that is forgotten takes its idempotency key along.
CREATE INDEX idempotency_keys_by_run ON idempotency_keys (tenant, run_id);
