-- Webhooks: who is told of which events, and every event that is to be sent, with what became of it.

CREATE TABLE webhooks (
  tenant TEXT NOT NULL,
  name TEXT NOT NULL,
  definition TEXT NOT NULL,
  updated_at INTEGER NOT NULL
);
CREATE UNIQUE INDEX webhooks_by_name ON webhooks (tenant, name);

-- The id counts up and is never used again, so that a late answer cannot hit another delivery.
CREATE TABLE deliveries (
  id INTEGER PRIMARY KEY AUTOINCREMENT,
  tenant TEXT NOT NULL,
  webhook TEXT NOT NULL,
  type TEXT NOT NULL,
  event TEXT NOT NULL,
  status TEXT NOT NULL,
  attempts INTEGER NOT NULL,
  next_at INTEGER,
  created_at INTEGER NOT NULL,
  ended_at INTEGER,
  answered INTEGER,
  problem TEXT
);
CREATE INDEX deliveries_by_webhook ON deliveries (tenant, webhook, id);
CREATE INDEX deliveries_due ON deliveries (tenant, webhook, next_at, id) WHERE next_at IS NOT NULL;
CREATE INDEX deliveries_ended ON deliveries (ended_at) WHERE ended_at IS NOT NULL;

CREATE VIEW delivery_list AS
  SELECT tenant, webhook, id, type, status, attempts, answered, problem,
    strftime('%Y-%m-%dT%H:%M:%fZ', created_at / 1000.0, 'unixepoch') AS created_at,
    strftime('%Y-%m-%dT%H:%M:%fZ', next_at / 1000.0, 'unixepoch') AS next_at,
    strftime('%Y-%m-%dT%H:%M:%fZ', ended_at / 1000.0, 'unixepoch') AS ended_at
  FROM deliveries;
