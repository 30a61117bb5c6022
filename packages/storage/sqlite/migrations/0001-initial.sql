-- The first schema. docs/reference/storage.md explains it to people who want to query it.
-- Runs are numbered (run_key), so that the rows that are written at every step carry a small integer, not two texts.

CREATE TABLE runs (
  run_key INTEGER PRIMARY KEY,
  tenant TEXT NOT NULL,
  id TEXT NOT NULL,
  namespace TEXT NOT NULL,
  workflow TEXT NOT NULL,
  version TEXT NOT NULL,
  status TEXT NOT NULL,
  active INTEGER NOT NULL,
  started_at INTEGER NOT NULL,
  ended_at INTEGER,
  parent_id TEXT,
  incident TEXT
);
CREATE UNIQUE INDEX runs_by_id ON runs (tenant, id);
CREATE INDEX runs_by_workflow ON runs (tenant, namespace, workflow, id);
CREATE INDEX runs_by_status ON runs (tenant, status, id);
CREATE INDEX runs_active ON runs (tenant, id) WHERE active = 1;

-- One row per decision. The position counts from one without gaps; a run's version is its last position.
CREATE TABLE envelopes (
  run_key INTEGER NOT NULL,
  position INTEGER NOT NULL,
  envelope TEXT NOT NULL
);
CREATE UNIQUE INDEX envelopes_by_position ON envelopes (run_key, position);

-- The state after `version` envelopes; only the newest is kept, and none for a run that has ended.
CREATE TABLE snapshots (
  run_key INTEGER PRIMARY KEY,
  version INTEGER NOT NULL,
  state TEXT NOT NULL
);

CREATE TABLE timers (
  run_key INTEGER NOT NULL,
  timer TEXT NOT NULL,
  due_at INTEGER NOT NULL
);
CREATE UNIQUE INDEX timers_by_name ON timers (run_key, timer);
CREATE INDEX timers_by_time ON timers (due_at);

CREATE TABLE idempotency_keys (
  tenant TEXT NOT NULL,
  key TEXT NOT NULL,
  fingerprint TEXT NOT NULL,
  run_id TEXT NOT NULL,
  created_at INTEGER NOT NULL
);
CREATE UNIQUE INDEX idempotency_keys_by_key ON idempotency_keys (tenant, key);

CREATE TABLE definitions (
  tenant TEXT NOT NULL,
  namespace TEXT NOT NULL,
  name TEXT NOT NULL,
  version TEXT NOT NULL,
  source TEXT NOT NULL,
  created_at INTEGER NOT NULL
);
CREATE UNIQUE INDEX definitions_by_name ON definitions (tenant, namespace, name, version);

-- Views for people: names instead of numbers, readable times.
CREATE VIEW run_list AS
  SELECT tenant, id, namespace, workflow, version, status, parent_id, incident,
    strftime('%Y-%m-%dT%H:%M:%fZ', started_at / 1000.0, 'unixepoch') AS started_at,
    strftime('%Y-%m-%dT%H:%M:%fZ', ended_at / 1000.0, 'unixepoch') AS ended_at,
    (ended_at - started_at) / 1000.0 AS seconds
  FROM runs;

CREATE VIEW run_history AS
  SELECT runs.tenant, runs.id, envelopes.position, envelopes.envelope
  FROM envelopes JOIN runs USING (run_key);

CREATE VIEW timer_list AS
  SELECT runs.tenant, runs.id, runs.workflow, timers.timer,
    strftime('%Y-%m-%dT%H:%M:%fZ', timers.due_at / 1000.0, 'unixepoch') AS due_at
  FROM timers JOIN runs USING (run_key);
