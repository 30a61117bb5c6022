// The job of one replica, from what is deployed.
import { isObject, type Json, type JsonObject, type Random } from "@baton/core";
import { abilityLabels } from "@baton/executors";
import type { NewJob } from "../jobs/definition.ts";
import type { PackageSpec } from "./package-host.ts";
import type { DeploymentSpec } from "./spec.ts";

/** Where ports are taken from that are for anybody: below those that systems give to outgoing connections. */
const ports = { first: 20_000, count: 10_000 };

/** A port that no other replica has; what else may have it shows when the replica cannot listen, and the next try has another. */
export function choosePort(wanted: DeploymentSpec["port"], taken: ReadonlySet<number>, random: Random): number | null {
  if (wanted !== "any") return wanted;
  const begin = Math.floor(random() * ports.count);
  for (let i = 0; i < ports.count; i++) {
    const port = ports.first + ((begin + i) % ports.count);
    if (!taken.has(port)) return port;
  }
  return ports.first + begin;
}

/** What a replica's job is submitted as. An instance of a package stands there as a command: see `asInstance`. */
export function replicaJob(spec: DeploymentSpec, id: number, port: number | null): JsonObject {
  const { name, port: wanted, containerPort, package: pack } = spec;
  const job: JsonObject = pack === undefined ? withPublished(spec, port) : { ...spec.job, command: ["package", name] };
  const calls = pack === undefined ? {} : { BATON_CONCURRENCY: String(pack.concurrency) };
  const own = { ...calls, ...objectOf(job["environment"]) };
  const variables = { BATON_DEPLOYMENT: name, BATON_REPLICA: String(id), ...(port !== null && { PORT: String(containerPort ?? port) }) };
  return {
    ...job,
    name: `${name}-${id}`,
    environment: { ...own, ...variables },
    labels: { ...objectOf(job["labels"]), deployment: name },
    // The set restarts what ends, and places what is lost.
    retries: { failed: 0, lost: 0 },
    constraints: whereItIsReached(
      spec,
      typeof wanted === "number" ? apart(objectOf(job["constraints"]), name) : objectOf(job["constraints"]),
    ),
  };
}

/** The job, its container with the node's port leading to its own. */
function withPublished({ job, containerPort }: DeploymentSpec, port: number | null): JsonObject {
  if (containerPort === undefined || port === null) return job;
  const written = job["container"];
  const container = typeof written === "string" ? { image: written } : objectOf(written);
  const others = container["ports"];
  const ports = [...(Array.isArray(others) ? (others as readonly Json[]) : []), { host: port, container: containerPort }];
  return { ...job, container: { ...container, ports } };
}

/** The job as an instance of a package: it goes where there is a Node to run it, and waits for such a node where there is none. */
export function asInstance(job: NewJob, { digest, entry }: PackageSpec): NewJob {
  const { definition } = job;
  const { constraints = {} } = definition.placement;
  const labels = [...(constraints.labels ?? []), { key: abilityLabels.packages, operator: "exists" as const }];
  const placement = { ...definition.placement, constraints: { ...constraints, labels }, keepImpossible: true };
  return { ...job, definition: { ...definition, work: { kind: "package", digest, entry }, placement } };
}

/** A container that is checked goes to a machine: pods of a cluster have a network of their own. */
function whereItIsReached({ job, health }: DeploymentSpec, constraints: JsonObject): JsonObject {
  if (health === null || job["container"] === undefined) return constraints;
  const { labels } = constraints;
  const onMachines: JsonObject = { key: abilityLabels.kubernetes, operator: "absent" };
  return { ...constraints, labels: [...(Array.isArray(labels) ? (labels as readonly Json[]) : []), onMachines] };
}

/** Of replicas with one port, each needs a node of its own. */
function apart(constraints: JsonObject, name: string): JsonObject {
  const others = constraints["apart"];
  const own: JsonObject = { labels: { deployment: name }, domain: "node" };
  return { ...constraints, apart: [...(Array.isArray(others) ? (others as readonly Json[]) : []), own] };
}

function objectOf(value: Json | undefined): JsonObject {
  return isObject(value ?? null) ? (value as JsonObject) : {};
}
