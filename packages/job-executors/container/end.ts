// From what the engine says of a container to how the job ended.
import type { Refusal } from "../launcher/command.ts";
import { outOfMemory } from "../limit-messages.ts";
import type { JobEnd, JobLimits } from "../port.ts";

/** The state of a container, as far as it concerns us. */
export interface ContainerState {
  readonly Status: string;
  readonly Running: boolean;
  readonly OOMKilled: boolean;
  readonly ExitCode: number;
  readonly StartedAt: string;
  readonly FinishedAt: string;
  readonly Error?: string;
}

const killedCode = 137;

/** How it ended. A reason that the executor has goes first. */
export function endOfContainer(state: ContainerState, reason: Refusal | undefined, limits: JobLimits): JobEnd {
  const { ExitCode: exitCode, OOMKilled } = state;
  if (reason !== undefined) return { kind: "failed", ...reason, exitCode };
  // Podman says nothing of a kill for memory; who else would have killed a container that has a limit?
  const isOutOfMemory = OOMKilled || (exitCode === killedCode && limits.memoryBytes !== undefined);
  return isOutOfMemory ? { kind: "failed", ...outOfMemory(limits, exitCode), exitCode } : { kind: "exited", exitCode };
}
