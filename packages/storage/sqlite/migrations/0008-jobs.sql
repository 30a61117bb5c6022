-- Jobs: one row each. `spec` is what was submitted and never changes; `result` is what came of it.
CREATE TABLE jobs (
  job_key INTEGER PRIMARY KEY,
  tenant TEXT NOT NULL,
  id TEXT NOT NULL,
  graph TEXT,
  queue TEXT NOT NULL,
  kind TEXT NOT NULL,
  name TEXT,
  status TEXT NOT NULL,
  active INTEGER NOT NULL,
  attempt INTEGER NOT NULL,
  failures INTEGER NOT NULL,
  losses INTEGER NOT NULL,
  node TEXT,
  not_before INTEGER,
  cancelling INTEGER NOT NULL,
  submitted_at INTEGER NOT NULL,
  started_at INTEGER,
  ended_at INTEGER,
  result TEXT,
  spec TEXT NOT NULL
);
CREATE UNIQUE INDEX jobs_by_id ON jobs (tenant, id);
CREATE INDEX jobs_active ON jobs (job_key) WHERE active = 1;
CREATE INDEX jobs_by_graph ON jobs (tenant, graph) WHERE graph IS NOT NULL;

-- What attempts of jobs wrote. `position` counts bytes since the attempt began: what lies between two pieces was cut out.
CREATE TABLE job_output (
  tenant TEXT NOT NULL,
  job TEXT NOT NULL,
  attempt INTEGER NOT NULL,
  position INTEGER NOT NULL,
  bytes INTEGER NOT NULL,
  stream TEXT NOT NULL,
  at INTEGER NOT NULL,
  text TEXT NOT NULL
);
CREATE UNIQUE INDEX job_output_by_position ON job_output (tenant, job, attempt, position);

-- Queues, nodes, the policy: what people edit, or what is to be remembered of the cluster.
CREATE TABLE cluster_objects (
  tenant TEXT NOT NULL,
  kind TEXT NOT NULL,
  name TEXT NOT NULL,
  spec TEXT NOT NULL,
  updated_at INTEGER NOT NULL
);
CREATE UNIQUE INDEX cluster_objects_by_name ON cluster_objects (tenant, kind, name);
