-- When a run that has ended is to be archived and forgotten; NULL: never.

ALTER TABLE runs ADD COLUMN expires_at INTEGER;
CREATE INDEX runs_expiring ON runs (expires_at, tenant, id) WHERE expires_at IS NOT NULL;
