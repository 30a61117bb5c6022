// From what a cluster says of a pod to how its job ended, or to why it does not start.
import type { JobFailureCode } from "../errors.ts";
import type { Refusal } from "../launcher/command.ts";
import { outOfMemory } from "../limit-messages.ts";
import type { JobEnd } from "../port.ts";
import type { PodObject, TerminatedState } from "./objects.ts";

/** The job's own container in its pod. */
export const containerName = "job";

/** How the job's container ended; undefined while it has not. */
export function terminatedState({ status }: PodObject): TerminatedState | undefined {
  return status?.containerStatuses?.find(({ name }) => name === containerName)?.state?.terminated;
}

/** Since when the job's container runs, if it does. */
export function runningSince({ status }: PodObject): string | undefined {
  return status?.containerStatuses?.find(({ name }) => name === containerName)?.state?.running?.startedAt;
}

/** Whether nothing of the pod runs any more, or will. */
export function hasEnded(pod: PodObject): boolean {
  return pod.status?.phase === "Succeeded" || pod.status?.phase === "Failed" || terminatedState(pod) !== undefined;
}

/** How the job of a pod that has ended, or is gone, ended. A reason that the executor has goes first. */
export function endOfPod(pod: PodObject, reason: Refusal | undefined, memoryBytes: number | undefined): JobEnd {
  const state = terminatedState(pod);
  const code = state === undefined ? {} : { exitCode: state.exitCode };
  if (reason !== undefined) return { kind: "failed", ...reason, ...code };
  const taken = takenAway(pod);
  if (taken !== undefined) return { kind: "failed", ...taken, ...code };
  if (state === undefined) return { kind: "failed", code: "job-lost", message: "Its pod is gone, so how it ended is unknown." };
  return endOfContainer(state, memoryBytes);
}

function endOfContainer({ exitCode, reason, message = "" }: TerminatedState, memoryBytes: number | undefined): JobEnd {
  if (reason === "OOMKilled")
    return { kind: "failed", ...outOfMemory({ ...(memoryBytes !== undefined && { memoryBytes }) }, exitCode), exitCode };
  if (reason !== undefined && notStarted.has(reason)) return { kind: "failed", ...startFailure(message), exitCode };
  return { kind: "exited", exitCode };
}

/** What container runtimes call a container whose command could not be started. */
const notStarted: ReadonlySet<string> = new Set(["ContainerCannotRun", "StartError"]);

function startFailure(message: string): Refusal {
  if (/executable file not found|no such file or directory/i.test(message)) return { code: "command-not-found", message };
  if (/permission denied/i.test(message)) return { code: "command-not-permitted", message };
  return { code: "job-start-failed", message };
}

/** Why the cluster ended a pod that would have gone on; undefined where it did not. */
function takenAway(pod: PodObject): Refusal | undefined {
  const { status } = pod;
  const { reason = "", message = "" } = status ?? {};
  if (reason === "DeadlineExceeded") return { code: "job-timed-out", message: message || "It ran longer than its deadline." };
  if (terminatedState(pod)?.reason === "ContainerStatusUnknown")
    return { code: "job-evicted", message: "Its node does not know any more how it ended." };
  if (reason === "Evicted") return { code: evictionCode(message), message };
  if (status?.phase === "Failed" && reason !== "" && !ofTheContainer.has(reason))
    return { code: "job-evicted", message: `${reason}: ${message || "the node did not keep it."}` };
  const disruption = status?.conditions?.find(({ type, status }) => type === "DisruptionTarget" && status === "True");
  if (disruption === undefined || status?.phase === "Succeeded") return wasDeleted(pod) ? deleted : undefined;
  return { code: "job-evicted", message: `${disruption.reason}: ${disruption.message || "the cluster took its pod away."}` };
}

const deleted: Refusal = { code: "job-evicted", message: "Its pod was deleted by somebody else: by hand, or to drain its node." };

/** Whether somebody had the pod deleted before its container ended. Until when it may take is written on it. */
function wasDeleted(pod: PodObject): boolean {
  const { deletionTimestamp, deletionGracePeriodSeconds = 0 } = pod.metadata;
  if (deletionTimestamp === undefined) return false;
  const askedAt = Date.parse(deletionTimestamp) - deletionGracePeriodSeconds * 1000;
  return !(Date.parse(terminatedState(pod)?.finishedAt ?? "") < askedAt);
}

/** Reasons of pods that say no more than that a container failed. */
const ofTheContainer: ReadonlySet<string> = new Set(["Error", "Completed", "OOMKilled"]);

/** A node that is short of something evicts whom it likes; who used more disk than it may, is evicted for that. */
function evictionCode(message: string): JobFailureCode {
  return /ephemeral.*(exceeds|exceeded)|exceed(s|ed).*ephemeral|exceeded its local/i.test(message) ? "job-out-of-disk" : "job-evicted";
}

/** Why a container waits that should run; `isFinal`: no patience helps. */
export interface StartTrouble extends Refusal {
  readonly isFinal: boolean;
}

/** What keeps the job's container from running; undefined where it is merely on its way. */
export function startTrouble({ status }: PodObject): StartTrouble | undefined {
  const waiting = status?.containerStatuses?.find(({ name }) => name === containerName)?.state?.waiting;
  const known = troubles[waiting?.reason ?? ""];
  if (known === undefined) return undefined;
  return { ...known, message: `${waiting?.reason}: ${waiting?.message ?? "the cluster says no more."}` };
}

const troubles: { readonly [reason: string]: { readonly code: JobFailureCode; readonly isFinal: boolean } } = {
  ErrImagePull: { code: "image-missing", isFinal: false },
  ImagePullBackOff: { code: "image-missing", isFinal: false },
  RegistryUnavailable: { code: "image-missing", isFinal: false },
  ImageInspectError: { code: "image-missing", isFinal: false },
  InvalidImageName: { code: "image-missing", isFinal: true },
  ErrImageNeverPull: { code: "image-missing", isFinal: true },
  CreateContainerConfigError: { code: "job-start-failed", isFinal: false },
  CreateContainerError: { code: "job-start-failed", isFinal: false },
  RunContainerError: { code: "job-start-failed", isFinal: false },
};
