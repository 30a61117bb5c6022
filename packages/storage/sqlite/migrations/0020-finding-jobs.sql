-- Jobs that people look for among very many: those that did not complete, and those of a queue of their own. Neither costs
-- anything where a job of the default queue completes.
CREATE INDEX jobs_troubled ON jobs (tenant, status, id) WHERE active = 0 AND status <> 'completed';
CREATE INDEX jobs_by_queue ON jobs (tenant, queue, id) WHERE queue <> 'default';

-- Those of a graph, in their order.
DROP INDEX jobs_by_graph;
CREATE INDEX jobs_by_graph ON jobs (tenant, graph, id) WHERE graph IS NOT NULL;
