-- Functions of the default catalog, by namespace, name and version.
CREATE TABLE functions (
  tenant TEXT NOT NULL,
  namespace TEXT NOT NULL,
  name TEXT NOT NULL,
  version TEXT NOT NULL,
  source TEXT NOT NULL,
  created_at INTEGER NOT NULL
);
CREATE UNIQUE INDEX functions_by_version ON functions (tenant, namespace, name, version);
