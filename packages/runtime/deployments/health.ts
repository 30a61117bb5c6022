// Checks one replica again and again, as long as its job runs.
import type { Probe } from "@baton/executors";
import type { Clock } from "../clock.ts";
import type { Jobs } from "../jobs/jobs.ts";
import { readSubmission } from "../jobs/read/submission.ts";
import type { HealthSpec } from "./spec.ts";

/** What is checked, and with what. */
export interface CheckParts {
  readonly health: HealthSpec;
  readonly jobs: Jobs;
  readonly clock: Clock;
  readonly probe: Probe;
  readonly node: string;
  readonly host: string;
  /** Whether the replica's worker has come. */
  readonly hasJoined: () => boolean;
  readonly port: number | null;
  /** Told of each check: null, or what is wrong. */
  readonly told: (problem: string | null) => void;
}

/** Begins to check; the answer ends it. */
export function watchHealth(parts: CheckParts): () => void {
  let ended = false;
  let cancel = (): void => undefined;
  const next = (): void => {
    if (!ended) cancel = parts.clock.after(parts.health.intervalMs, () => void round());
  };
  const round = async (): Promise<void> => {
    // Whatever a check runs into is what is wrong with what it checks, and no reason to check no more.
    const problem = await checkOnce(parts).catch((error: unknown) => (error instanceof Error ? error.message : String(error)));
    if (!ended) parts.told(problem);
    next();
  };
  void round();
  return () => {
    ended = true;
    cancel();
  };
}

async function checkOnce(parts: CheckParts): Promise<string | null> {
  const { health, probe, host, port } = parts;
  const { check, timeoutMs } = health;
  if (check.kind === "joined") return parts.hasJoined() ? null : "its worker has not come";
  if (check.kind === "exec") return checkByCommand(parts, check.command);
  if (port === null) return "it has no port";
  return check.kind === "http" ? probe.http(host, port, check.path, timeoutMs) : probe.tcp(host, port, timeoutMs);
}

/** A job of its own, on the replica's node: it is not held up by what others ask for. */
async function checkByCommand({ health, jobs, node, port }: CheckParts, command: readonly string[]): Promise<string | null> {
  const environment = port === null ? {} : { environment: { PORT: String(port) } };
  const job = {
    command,
    ...environment,
    resources: { cpu: 0 },
    priority: 100,
    timeout: `${health.timeoutMs}ms`,
    constraints: { nodes: [node] },
  };
  const read = readSubmission(job, jobs.readingFacts());
  if (!read.ok) return read.error[0]?.detail ?? "its check cannot be submitted";
  try {
    const [submitted] = (await jobs.desk.submit({ jobs: read.value })).jobs;
    if (submitted === undefined) return "its check was not taken in";
    const ended = await jobs.desk.wait(submitted.id, health.timeoutMs + waitingMs, new AbortController().signal);
    return ended.status === "completed" ? null : (ended.error?.message ?? `its check is ${ended.status}`);
  } catch (error) {
    return error instanceof Error ? error.message : String(error);
  }
}

/** How long the job of a check may wait for its place. */
const waitingMs = 10_000;
