// What becomes of a machine's jobs when the program that started them stops.
import { orphanMs } from "@baton/executors";

/** A line about the jobs that run; empty where none does. */
export function jobsAtStop(running: number, areStopped: boolean): string {
  if (running === 0) return "";
  const jobs = running === 1 ? "1 job" : `${running} jobs`;
  if (areStopped) return `${jobs} of this machine ${running === 1 ? "is" : "are"} ended, and placed again later\n`;
  const [they, run] = running === 1 ? ["it", "runs"] : ["they", "run"];
  const minutes = orphanMs / 60_000;
  return `${jobs} of this machine ${run} on: started again within ${minutes} minutes, it takes ${they === "it" ? "it" : "them"} up; later ${they} ${running === 1 ? "is" : "are"} ended and placed again (--stop-jobs ends ${they === "it" ? "it" : "them"} at once)\n`;
}
