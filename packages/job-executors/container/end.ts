// From what the engine says of a container to how the job ended.
import type { Refusal } from "../launcher/command.ts";
import type { JobEnd } from "../port.ts";
import { outOfMemoryMessage } from "../stop-messages.ts";
import { EngineRefusal } from "./engine-client.ts";
import { ImageMissing } from "./image.ts";

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
export function endOfContainer(state: ContainerState, reason: Refusal | undefined, memoryBytes: number | undefined): JobEnd {
  const { ExitCode: exitCode, OOMKilled } = state;
  if (reason !== undefined) return { kind: "failed", ...reason, exitCode };
  // Podman says nothing of a kill for memory; who else would have killed a container that has a limit?
  const outOfMemory = exitCode !== 0 && (OOMKilled || (exitCode === killedCode && memoryBytes !== undefined));
  if (!outOfMemory) return { kind: "exited", exitCode };
  const message = outOfMemoryMessage(memoryBytes);
  return { kind: "failed", code: "job-out-of-memory", message, exitCode };
}

const shellCodes: readonly number[] = [126, 127];

/** The engine's init program starts the command, and says on stderr that it could not. */
export function initFailure(exitCode: number, stderr: string): Refusal | undefined {
  if (!shellCodes.includes(exitCode)) return undefined;
  const complaint = /^(?:\[FATAL tini|.*catatonit)[^\n]*(No such file or directory|Permission denied)/.exec(stderr);
  if (complaint === null) return undefined;
  return { code: complaint[1] === "Permission denied" ? "command-not-permitted" : "command-not-found", message: complaint[0] };
}

/** Why a container could not be started. Engines have no codes for it, only words. */
export function startFailure(error: unknown): Refusal {
  const message = error instanceof Error ? error.message : String(error);
  if (error instanceof ImageMissing) return { code: "image-missing", message };
  if (!(error instanceof EngineRefusal))
    return { code: "container-engine-unavailable", message: `The container engine cannot be reached: ${message}.` };
  if (/executable file not found|no such file or directory|executable file .* not found/i.test(message))
    return { code: "command-not-found", message };
  if (/permission denied/i.test(message)) return { code: "command-not-permitted", message };
  return { code: error.status === 400 ? "job-spec-invalid" : "job-start-failed", message };
}
