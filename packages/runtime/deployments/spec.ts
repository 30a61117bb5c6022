// What is deployed, as people write it: a job that is to run so many times, and how it is kept up. Everything that a job can say is
// said of each replica: where it runs, what it asks for, in which queue it waits for room.
import { get, isObject, type Json, type JsonObject, type Millis } from "@baton/core";
import type { ReplicaRule } from "@baton/scheduler";
import type { Fields } from "../jobs/read/fields.ts";
import { readSubmission, type ReadingFacts } from "../jobs/read/submission.ts";
import type { PackageSpec } from "./package-host.ts";

/** How many there are: one and never two; n; or a base, and more as scaling says. */
export type DeployPolicy =
  | { readonly name: "single" }
  | { readonly name: "cluster"; readonly replicas: number }
  | { readonly name: "hybrid"; readonly base: number; readonly max: number };

/** How a replica is asked whether it is well. */
export type HealthCheck =
  | { readonly kind: "http"; readonly path: string }
  | { readonly kind: "tcp" }
  /** A command on the replica's node, with its port in the environment: 0 is well. */
  | { readonly kind: "exec"; readonly command: readonly string[] }
  /** Of a package: its worker has come. */
  | { readonly kind: "joined" };

/** When and how often it is asked. */
export interface HealthSpec {
  readonly check: HealthCheck;
  readonly intervalMs: Millis;
  readonly timeoutMs: Millis;
  readonly failures: number;
  readonly successes: number;
  readonly startupMs: Millis;
}

/** Something that is deployed. */
export interface DeploymentSpec {
  readonly name: string;
  /** The job of each replica, as it is submitted. */
  readonly job: JsonObject;
  readonly policy: DeployPolicy;
  /** In `PORT` of its environment: always this one, or any that is free; null: it listens nowhere. */
  readonly port: number | "any" | null;
  /** Of a container with a network of its own: its port that `port` of the node leads to. */
  readonly containerPort?: number;
  /** How versions are exchanged; see the scheduler's rule of the same names. */
  readonly update: Pick<ReplicaRule, "maxSurge" | "maxUnavailable" | "minReadyMs" | "stallAfter">;
  readonly health: HealthSpec | null;
  readonly restartMs: { readonly first: Millis; readonly longest: Millis };
  readonly drainMs: Millis;
  /** Functions, run by as many as their calls need. */
  readonly package?: PackageSpec;
}

/** What holds where nothing is said. */
export const deploymentDefaults = {
  restartMs: { first: 1_000, longest: 300_000 },
  drainMs: 30_000,
  minReadyMs: 5_000,
  stallAfter: 3,
  health: { intervalMs: 5_000, timeoutMs: 1_000, failures: 3, successes: 1, startupMs: 60_000 },
} as const;

/** At most so many replicas. */
export const maxReplicas = 1_000;

const longestName = 63;
const name = { is: /^[a-z0-9](?:[a-z0-9-]*[a-z0-9])?$/, what: "lower-case letters, digits and hyphens" };
const fieldNames = ["kind", "name", "job", "policy", "port", "containerPort", "update", "health", "restart", "drain"];
/** What a replica's job cannot have: it begins when it is needed, and ends when it is told to. */
const notInJob = ["name", "after", "array", "gang", "retries", "timeout", "notBefore", "deadline"];

/** A deployment; what is wrong with it is noted. */
export function readDeployment(fields: Fields, facts: ReadingFacts): DeploymentSpec {
  fields.only(fieldNames);
  const id = readName(fields, "a deployment");
  const job = readReplicaJob(fields, facts);
  const policy = readPolicy(fields);
  const port = readPort(fields);
  const containerPort = readContainerPort(fields, job, port);
  const health = fields.object("health");
  if (isForCluster(job)) health?.wrong("", noChecksOfPods);
  return {
    name: id,
    job: job ?? {},
    policy,
    port,
    ...(containerPort !== undefined && { containerPort }),
    update: readUpdate(fields, policy),
    health: health === undefined ? null : readHealth(health, port),
    restartMs: readRestart(fields),
    drainMs: fields.span("drain") ?? deploymentDefaults.drainMs,
  };
}

/** The name of what is deployed. */
export function readName(fields: Fields, what: string): string {
  if (!fields.has("name")) fields.wrong("name", `${what} needs a name`);
  return fields.text("name", longestName, name) ?? "";
}

function readReplicaJob(fields: Fields, facts: ReadingFacts): JsonObject | undefined {
  const job = fields.raw("job");
  if (!isObject(job ?? null)) return fields.wrong("job", "a deployment needs a job: what each replica runs, such as { command: [...] }");
  const written = job as JsonObject;
  for (const banned of notInJob) if (banned in written) fields.wrongAt(`/job/${banned}`, `${banned} is nothing that a replica can have`);
  const read = readSubmission(written, facts);
  if (!read.ok) for (const { pointer, detail } of read.error) fields.wrongAt(`/job${pointer}`, detail);
  return written;
}

/** `single`, or an object with the policy's name. */
function readPolicy(fields: Fields): DeployPolicy {
  const value: Json | undefined = fields.raw("policy");
  if (value === undefined || value === "single") return { name: "single" };
  const policy = fields.object("policy");
  const named = policy?.choice("name", ["single", "cluster", "hybrid"]);
  if (policy === undefined || named === undefined) {
    if (policy !== undefined && !policy.has("name")) policy.wrong("name", "policy needs a name: single, cluster or hybrid");
    return { name: "single" };
  }
  policy.only({ single: ["name"], cluster: ["name", "replicas"], hybrid: ["name", "base", "max"] }[named]);
  if (named === "single") return { name: "single" };
  if (named === "cluster") return { name: "cluster", replicas: neededCount(policy, "replicas") };
  const [base, max] = [neededCount(policy, "base"), neededCount(policy, "max")];
  if (max < base) policy.wrong("max", "max must be at least as much as base");
  return { name: "hybrid", base, max };
}

function neededCount(fields: Fields, key: string): number {
  if (!fields.has(key)) fields.wrong(key, `${key} is needed`);
  return fields.whole(key, 0, maxReplicas) ?? 0;
}

function readPort(fields: Fields): DeploymentSpec["port"] {
  if (fields.raw("port") === "any") return "any";
  return fields.whole("port", 1, 65_535) ?? null;
}

function readContainerPort(fields: Fields, job: JsonObject | undefined, port: DeploymentSpec["port"]): number | undefined {
  if (!fields.has("containerPort")) return undefined;
  if (job?.["container"] === undefined) fields.wrong("containerPort", "containerPort goes with a job that is a container");
  if (port === null) fields.wrong("containerPort", "containerPort needs a port of the node that leads to it: a number, or any");
  return fields.whole("containerPort", 1, 65_535);
}

/** One that must not be there twice goes before the next one comes; the others are exchanged by one more at a time. */
function readUpdate(fields: Fields, policy: DeployPolicy): DeploymentSpec["update"] {
  const update = fields.object("update");
  update?.only(["maxSurge", "maxUnavailable", "minReady", "failures"]);
  const proof = {
    minReadyMs: update?.span("minReady", 0) ?? deploymentDefaults.minReadyMs,
    stallAfter: update?.whole("failures", 1, 1_000) ?? deploymentDefaults.stallAfter,
  };
  if (policy.name === "single") {
    if (update?.has("maxSurge") === true) update.wrong("maxSurge", "a single replica is never there twice, so there is no surge");
    return { maxSurge: 0, maxUnavailable: 1, ...proof };
  }
  const maxSurge = update?.whole("maxSurge", 0, maxReplicas) ?? (update?.has("maxUnavailable") === true ? 0 : 1);
  const maxUnavailable = update?.whole("maxUnavailable", 0, maxReplicas) ?? 0;
  if (maxSurge + maxUnavailable === 0) update?.wrong("", "maxSurge and maxUnavailable cannot both be 0: nothing could ever be exchanged");
  return { maxSurge, maxUnavailable, ...proof };
}

/** As it stands in a request: what else there is in a path is escaped. */
const urlPath = { is: /^\/[\x21-\x7e]*$/, what: "a path that begins with /, and has no spaces or letters that a URL does not have" };

function readHealth(fields: Fields, port: DeploymentSpec["port"]): HealthSpec {
  const kinds = ["http", "tcp", "exec"] as const;
  fields.only([...kinds, "interval", "timeout", "failures", "successes", "startup"]);
  const given = kinds.filter((kind) => fields.has(kind));
  if (given.length !== 1) fields.wrong("", "health needs one of http, tcp and exec");
  if (port === null && given[0] !== "exec") fields.wrong("", "without a port there is nothing to be asked: give the deployment a port");
  const { health } = deploymentDefaults;
  return {
    check: readCheck(fields, given[0]),
    intervalMs: fields.span("interval") ?? health.intervalMs,
    timeoutMs: fields.span("timeout") ?? health.timeoutMs,
    failures: fields.whole("failures", 1, 1_000) ?? health.failures,
    successes: fields.whole("successes", 1, 1_000) ?? health.successes,
    startupMs: fields.span("startup") ?? health.startupMs,
  };
}

const noChecksOfPods =
  "pods of a Kubernetes cluster are not reached by checks: leave health out (a replica is ready when its container runs), or leave kubernetes out of the container to keep it on machines";

/** Whether replicas are containers that only a cluster runs. */
function isForCluster(job: JsonObject | undefined): boolean {
  const container = job === undefined ? undefined : get(job, "container");
  return isObject(container ?? null) && get(container as JsonObject, "kubernetes") !== undefined;
}

const longestPath = 2_000;

function readCheck(fields: Fields, kind: "http" | "tcp" | "exec" | undefined): HealthCheck {
  if (kind === "exec") return { kind, command: fields.texts("exec", 100, longestPath) ?? [] };
  if (kind === "http") return { kind, path: fields.text("http", longestPath, urlPath) ?? "/" };
  if (fields.flag("tcp") === false) fields.wrong("tcp", "tcp must be true");
  return { kind: "tcp" };
}

/** The pauses before a replica begins again. */
export function readRestart(fields: Fields): DeploymentSpec["restartMs"] {
  const restart = fields.object("restart");
  restart?.only(["first", "longest"]);
  const { first, longest } = deploymentDefaults.restartMs;
  const read = { first: restart?.span("first") ?? first, longest: restart?.span("longest") ?? longest };
  if (read.longest < read.first) restart?.wrong("longest", "longest must be at least as long as first");
  return read;
}
