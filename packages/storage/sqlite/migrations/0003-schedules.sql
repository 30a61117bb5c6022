-- Schedules of flows: one at most per flow, that of its newest version.

CREATE TABLE schedules (
  tenant TEXT NOT NULL,
  namespace TEXT NOT NULL,
  name TEXT NOT NULL,
  version TEXT NOT NULL,
  revision INTEGER NOT NULL,
  due_at INTEGER,
  awaited_run TEXT,
  state TEXT NOT NULL
);
CREATE UNIQUE INDEX schedules_by_name ON schedules (tenant, namespace, name);
CREATE INDEX schedules_by_time ON schedules (due_at) WHERE due_at IS NOT NULL;
CREATE INDEX schedules_awaiting ON schedules (awaited_run) WHERE awaited_run IS NOT NULL;

CREATE VIEW schedule_list AS
  SELECT tenant, namespace, name, version, awaited_run,
    strftime('%Y-%m-%dT%H:%M:%fZ', due_at / 1000.0, 'unixepoch') AS due_at,
    json_extract(state, '$.paused') = 1 AS paused,
    json_extract(state, '$.fired') AS fired,
    json_extract(state, '$.skipped') AS skipped
  FROM schedules;
