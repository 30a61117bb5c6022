// The metrics of jobs and nodes. Queues are few and made by operators, so they may be labels; ids never are.
import type { Jobs } from "@baton/runtime";
import { histogram, metric, type Sample } from "./metrics-text.ts";

/** Text in Prometheus format. */
export function renderJobMetrics(jobs: Jobs): string {
  const { scheduler, counters, nodes, nodeEvents, meters } = jobs;
  const pending = new Map<string, Sample>();
  for (const job of scheduler.jobs.values()) {
    if (job.status !== "pending" && job.status !== "waiting") continue;
    const labels = { queue: job.definition.placement.queue ?? "default", reason: job.whyWaiting ?? "" };
    const key = `${labels.queue} ${labels.reason}`;
    pending.set(key, { labels, value: (pending.get(key)?.value ?? 0) + 1 });
  }
  const capacity = new Map<string, number>();
  const allocated = new Map<string, number>();
  const states = new Map<string, number>();
  const pressed = new Map<string, number>([
    ["memory-pressure", 0],
    ["disk-pressure", 0],
  ]);
  for (const node of nodes.list()) {
    add(states, nodes.statusOf(node), 1);
    if (node.pressure !== null) add(pressed, node.pressure, 1);
    for (const [resource, amount] of Object.entries(node.spec.capacity)) add(capacity, resource, amount);
    for (const { definition } of node.jobs.values())
      for (const [resource, amount] of Object.entries(definition.placement.requests)) add(allocated, resource, amount);
  }
  add(states, "lost", nodes.listGone().length);
  const waits = [...meters.waitSeconds].flatMap(([queue, stats]) => histogram(stats, { queue }));
  const ended = Object.entries(counters.ended).map(([status, value]) => ({ labels: { status }, value }));
  return [
    metric("baton_jobs_pending", "gauge", "Jobs that wait, by queue and reason.", [...pending.values()]),
    metric("baton_jobs_ended_total", "counter", "Jobs ended, by final status.", ended),
    metric("baton_job_wait_seconds", "histogram", "From a job's submission to its first place on a node, by queue.", waits),
    metric(
      "baton_job_wait_estimate_error_seconds",
      "histogram",
      "By how much waits differed from what was expected, of jobs that are watched.",
      histogram(meters.waitErrorSeconds.read()),
    ),
    metric(
      "baton_scheduling_cycle_seconds",
      "histogram",
      "How long one event took to be decided on.",
      histogram(meters.cycleSeconds.read()),
    ),
    metric("baton_placements_total", "counter", "Jobs given to a node, and jobs that none could ever run.", [
      { labels: { result: "placed" }, value: counters.started },
      { labels: { result: "refused" }, value: meters.refused },
    ]),
    ...askedMetrics(meters),
    metric("baton_preemptions_total", "counter", "Jobs told to make room for others.", [{ value: meters.preemptions }]),
    metric("baton_quota_used_ratio", "gauge", "What tenants use of their limits, by resource.", quotaSamples(jobs)),
    metric("baton_late_reports_total", "counter", "Ends that were refused, for their attempt was over.", [{ value: counters.lateReports }]),
    metric("baton_nodes", "gauge", "Nodes, by status.", samplesOf(states, "status")),
    metric("baton_node_events_total", "counter", "What happened to nodes, by event.", samplesOf(nodeEvents.counts, "event")),
    metric(
      "baton_node_joins_refused_total",
      "counter",
      "Nodes that were not let in, by the code of the error.",
      samplesOf(nodeEvents.refusals, "code"),
    ),
    metric("baton_nodes_under_pressure", "gauge", "Nodes that get no jobs for lack of memory or disk.", samplesOf(pressed, "kind")),
    metric("baton_node_capacity", "gauge", "What all nodes have, by resource.", samplesOf(capacity, "resource")),
    metric("baton_node_allocated", "gauge", "What jobs were given of it, by resource.", samplesOf(allocated, "resource")),
  ].join("");
}

/** What people and programs asked for, and what storing it took. */
function askedMetrics(meters: Jobs["meters"]): readonly string[] {
  return [
    metric(
      "baton_job_requests_total",
      "counter",
      "Jobs submitted, cancelled and retried, by kind of who asked for it.",
      meters.requests.map(({ verb, by, count }) => ({ labels: { verb, by }, value: count })),
    ),
    metric(
      "baton_objects_applied_total",
      "counter",
      "Tenants, queues, policies and other objects created, changed and deleted.",
      meters.objects.map(({ kind, result, count }) => ({ labels: { kind, result }, value: count })),
    ),
    metric("baton_job_commit_seconds", "histogram", "How long a batch of jobs took to be stored.", histogram(meters.commitSeconds.read())),
    metric("baton_job_commit_batch_size", "histogram", "Jobs changed by one batch.", histogram(meters.commitBatch.read())),
  ];
}

/** Tenants are the queues at the top. */
function quotaSamples({ objects }: Jobs): Sample[] {
  return objects.views().flatMap(({ spec, used }) => {
    if (spec.parent !== undefined || spec.limit === undefined) return [];
    return Object.entries(spec.limit).map(([resource, limit]) => ({
      labels: { tenant: spec.id, resource },
      value: limit === 0 ? 1 : (used[resource] ?? 0) / limit,
    }));
  });
}

function add(sums: Map<string, number>, name: string, amount: number): void {
  sums.set(name, (sums.get(name) ?? 0) + amount);
}

function samplesOf(sums: ReadonlyMap<string, number>, label: string): Sample[] {
  return [...sums].map(([name, value]) => ({ labels: { [label]: name }, value }));
}
