-- What waits for people is found by the reason why runs wait, among any number of others.
CREATE INDEX runs_by_reason ON runs (tenant, reason, id) WHERE reason IS NOT NULL;
