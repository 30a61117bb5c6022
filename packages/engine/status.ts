// The status of a run, as people see it (the specification's status phases).
import { awaitsSlot } from "./concurrency.ts";
import { isApproval, isReady, rootId, someFrame, type Frame, type RunState } from "./state.ts";
import type { Status } from "./view.ts";

/** A run waits when nothing of it is under way but timers and listeners. */
export function statusOf(state: RunState): Status {
  if (state.phase !== "running") return state.phase;
  if (awaitsSlot(state)) return "pending";
  let waits = false;
  for (const frame of state.frames.values()) {
    const { kind } = frame.progress;
    if (kind === "work" || kind === "subRun" || isReady(frame)) return "running";
    waits ||= kind === "timer" || kind === "delaying" || kind === "listening";
  }
  return waits ? "waiting" : "running";
}

const waits: { readonly [kind: string]: string } = { timer: "waiting.timer", delaying: "waiting.retry", listening: "waiting.event" };
const longestReason = 200;

/** Why something of the run waits for a person, also while the rest goes on. */
export const approvalReason = "waiting.approval";

/** As many runs of its flow go on as may at a time. */
export const slotReason = "pending.concurrency";

/** What the run has done is being undone; then it ends. */
export const undoingReason = "compensating";

/** Whether what the run has done is being undone, after which it ends. */
export function isUndoing({ frames }: RunState): boolean {
  return frames.get(rootId)?.progress.kind === "compensating";
}

/** Why a run waits (as its steps say it), what holds up its end, or which error it faulted with (the last part of its type); null: neither. */
export function reasonOf(state: RunState, status: Status): string | null {
  if (status === "faulted") return state.error?.type.split("/").at(-1)?.slice(0, longestReason) ?? null;
  if (isUndoing(state)) return undoingReason;
  if (status === "pending") return slotReason;
  if (someFrame(state, awaitsApproval)) return approvalReason;
  if (status !== "waiting") return null;
  for (const { progress } of state.frames.values()) {
    const reason = waits[progress.kind];
    if (reason !== undefined) return reason;
  }
  return null;
}

function awaitsApproval({ task, progress }: Frame): boolean {
  return progress.kind === "listening" && progress.open && isApproval(task);
}
