// Killing until nothing is left: whatever forks faster than it is killed is held first, if the machine can do that.
import { setTimeout as sleep } from "node:timers/promises";
import { killPatienceMs } from "../limits.ts";
import { sendSignal } from "./proc.ts";

const firstPauseMs = 1;
const longestPauseMs = 50;

/** SIGKILL to all that `pids` gives, again and again, until it gives none or patience is at an end. */
export async function killUntilGone(pids: () => readonly number[], round: (pids: readonly number[]) => void = killEach): Promise<void> {
  const giveUp = performance.now() + killPatienceMs;
  for (let pauseMs = firstPauseMs; performance.now() < giveUp; pauseMs = Math.min(pauseMs * 2, longestPauseMs)) {
    const left = pids();
    if (left.length === 0) return;
    round(left);
    await sleep(pauseMs);
  }
}

/** SIGKILL to each. */
export function killEach(pids: readonly number[]): void {
  for (const pid of pids) sendSignal(pid, "SIGKILL");
}
