-- The run whose history up to a step is this one's; NULL: it began by itself.

ALTER TABLE runs ADD COLUMN forked_from TEXT;
CREATE INDEX runs_forked ON runs (tenant, forked_from) WHERE forked_from IS NOT NULL;
