// The status of a run, as people see it (the specification's status phases).
import { isReady, type RunState } from "./state.ts";
import type { Status } from "./view.ts";

/** A run waits when nothing of it is under way but timers and listeners. */
export function statusOf(state: RunState): Status {
  if (state.phase !== "running") return state.phase;
  let waits = false;
  for (const frame of state.frames.values()) {
    const { kind } = frame.progress;
    if (kind === "work" || kind === "subRun" || isReady(frame)) return "running";
    waits ||= kind === "timer" || kind === "delaying" || kind === "listening";
  }
  return waits ? "waiting" : "running";
}
