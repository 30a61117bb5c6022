-- Secrets of flows by namespace; `sealed` is encrypted with a key that is not in the database.
CREATE TABLE secrets (
  tenant TEXT NOT NULL,
  namespace TEXT NOT NULL,
  name TEXT NOT NULL,
  sealed TEXT NOT NULL,
  updated_at INTEGER NOT NULL
);
CREATE UNIQUE INDEX secrets_by_name ON secrets (tenant, namespace, name);
