-- The forks of a run are asked for in the order of their ids with every look at it: with the id in the index that is a look-up;
-- without it SQLite prefers to walk through all runs in that order.
DROP INDEX runs_forked;
CREATE INDEX runs_forked ON runs (tenant, forked_from, id) WHERE forked_from IS NOT NULL;
