-- What was decided about jobs, nodes and queues: who, when, what, why. A row holds all entries of one commit, as JSON; its key
-- counts the entries up to its last one.
CREATE TABLE audit (
  audit_key INTEGER PRIMARY KEY,
  tenant TEXT NOT NULL,
  until INTEGER NOT NULL,
  entries TEXT NOT NULL
);
CREATE INDEX audit_by_time ON audit (until);
