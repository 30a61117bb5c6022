-- Operations on many runs; `state` is JSON: what they are to do, and how far they have come.
CREATE TABLE operations (
  tenant TEXT NOT NULL,
  id TEXT NOT NULL,
  revision INTEGER NOT NULL,
  active INTEGER NOT NULL,
  ended_at INTEGER,
  state TEXT NOT NULL
);
CREATE UNIQUE INDEX operations_by_id ON operations (tenant, id);
CREATE INDEX operations_active ON operations (id) WHERE active = 1;

CREATE VIEW operation_list AS
  SELECT tenant, id, state ->> 'action' AS action, state ->> 'filter' AS filter, state ->> 'status' AS status,
    state ->> 'total' AS total, state ->> 'done' AS done, state ->> 'refused' AS refused, ended_at
  FROM operations;
