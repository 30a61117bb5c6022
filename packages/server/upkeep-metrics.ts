// The metrics of what is deployed, of what scales it, and of functions. Deployments, autoscalers and functions are made by operators, and
// few, so their names may be labels; replicas, versions and ids never are.
import { isWorker, type Autoscalers, type DeploymentCount, type Deployments, type Jobs } from "@baton/runtime";
import { metric, type Sample } from "./metrics-text.ts";

/** Text in Prometheus format. */
export function renderUpkeepMetrics(deployments: Deployments, autoscalers: Autoscalers, jobs: Jobs): string {
  return renderDeployments(deployments) + renderAutoscalers(autoscalers) + renderFunctions(jobs);
}

function renderDeployments(deployments: Deployments): string {
  const counts = deployments.meters.read();
  return [
    metric(
      "baton_deployment_replicas",
      "gauge",
      "Replicas: wanted, ready, ready and of the version that is wanted.",
      replicaSamples(deployments.list()),
    ),
    metric("baton_deployment_scalings_total", "counter", "Changes of how many are wanted.", of(counts, "deployment.scaled")),
    metric("baton_rollouts_total", "counter", "Rollouts of versions, by how far they came.", [
      ...of(counts, "rollout.started", { result: "started" }),
      ...of(counts, "rollout.stalled", { result: "stalled" }),
      ...of(counts, "rollout.completed", { result: "completed" }),
    ]),
    metric("baton_replica_starts_total", "counter", "Replicas begun, again each time.", of(counts, "replica.started")),
    metric(
      "baton_replica_ends_total",
      "counter",
      "Replicas ended: by themselves or with their node (ended), for their checks (unhealthy), or told to (unwanted).",
      of(counts, "replica.ended"),
    ),
  ].join("");
}

function replicaSamples(views: ReturnType<Deployments["list"]>): Sample[] {
  return views.flatMap(({ name: deployment, desired, ready, updated }) =>
    Object.entries({ desired, ready, updated }).map(([state, value]) => ({ labels: { deployment, state }, value })),
  );
}

function of(
  counts: readonly DeploymentCount[],
  action: DeploymentCount["action"],
  more: { readonly [label: string]: string } = {},
): Sample[] {
  return counts
    .filter((one) => one.action === action)
    .map(({ deployment, cause, count }) => ({ labels: { deployment, ...(cause !== "" && { cause }), ...more }, value: count }));
}

function renderAutoscalers({ meters }: Autoscalers): string {
  const all = meters.read();
  const replicas = all.flatMap(({ autoscaler, current, desired }) => [
    ...(current === null ? [] : [{ labels: { autoscaler, state: "current" }, value: current }]),
    ...(desired === null ? [] : [{ labels: { autoscaler, state: "desired" }, value: desired }]),
  ]);
  const results = all.flatMap(({ autoscaler, results: found }) =>
    [...found].map(([result, value]) => ({ labels: { autoscaler, result }, value })),
  );
  const held = all.flatMap(({ autoscaler, held: found }) =>
    [...found].map(([reason, value]) => ({ labels: { autoscaler, reason }, value })),
  );
  return [
    metric("baton_autoscaler_replicas", "gauge", "How many there are, and are to be, by the latest decision.", replicas),
    metric("baton_autoscaler_decisions_total", "counter", "Decisions, by what came of them.", results),
    metric("baton_autoscaler_held_total", "counter", "Decisions that did not do what was wanted, by why.", held),
  ].join("");
}

function renderFunctions({ functions, nodes, meters }: Jobs): string {
  const calls = meters.calls.map(({ function: name, status, count }) => ({ labels: { function: name, status }, value: count }));
  return [
    metric("baton_functions", "gauge", "Versions of functions that workers have brought.", [{ value: functions.list().length }]),
    metric("baton_workers", "gauge", "Workers that are connected.", [
      { value: nodes.list().filter(({ spec, link }) => link && isWorker(spec)).length },
    ]),
    metric("baton_function_calls_total", "counter", "Calls ended, by function and final status.", calls),
  ].join("");
}
