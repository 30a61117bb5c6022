// Checks one replica again and again, as long as its job runs: its node asks it. What nobody can tell at the moment, because the node is not
// there, counts neither way: whether the node is lost is for its lease to say.
import type { AttemptCheck } from "@baton/executors";
import type { Clock } from "../clock.ts";
import type { Jobs } from "../jobs/jobs.ts";
import type { JobView } from "../jobs/view.ts";
import type { HealthSpec } from "./spec.ts";

/** What is checked, and with what. */
export interface CheckParts {
  readonly health: HealthSpec;
  readonly jobs: Pick<Jobs, "isWell">;
  readonly clock: Clock;
  readonly job: Pick<JobView, "id" | "work">;
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
    if (!ended && problem !== undefined) parts.told(problem);
    next();
  };
  void round();
  return () => {
    ended = true;
    cancel();
  };
}

async function checkOnce(parts: CheckParts): Promise<string | null | undefined> {
  const { health, jobs, job } = parts;
  if (health.check.kind === "joined") return parts.hasJoined() ? null : "its worker has not come";
  const check = attemptCheck(parts);
  return check === undefined ? "it has no port" : jobs.isWell(job.id, check, health.timeoutMs);
}

/** A container's command runs in it, where its programs are. */
function attemptCheck({ health: { check }, job: { work }, port }: CheckParts): AttemptCheck | undefined {
  if (check.kind === "exec") {
    const environment = port === null ? {} : { PORT: String(port) };
    return { kind: "exec", command: check.command, environment, inside: work.kind === "container" };
  }
  if (port === null || check.kind === "joined") return undefined;
  return check.kind === "http" ? { kind: "http", port, path: check.path } : { kind: "tcp", port };
}
