// What becomes of a machine's jobs when the program that started them stops.
import type { Millis } from "@baton/core";
import { orphanMs } from "@baton/executors";

/** How long jobs may take that are told to end: they get SIGTERM, and after ten seconds SIGKILL. */
const stopJobsMs: Millis = 20_000;

/** Resolves when they have ended, or have not in time. */
export async function stopWithin(stopping: Promise<void>): Promise<void> {
  let timer: NodeJS.Timeout | undefined;
  await Promise.race([stopping, new Promise((done) => (timer = setTimeout(done, stopJobsMs)))]);
  clearTimeout(timer);
}

/** A line about the jobs that run; empty where none does. */
export function jobsAtStop(running: number, areStopped: boolean): string {
  if (running === 0) return "";
  const jobs = running === 1 ? "1 job" : `${running} jobs`;
  if (areStopped) return `${jobs} of this machine ${running === 1 ? "is" : "are"} ended, and placed again later\n`;
  const [they, run] = running === 1 ? ["it", "runs"] : ["they", "run"];
  const minutes = orphanMs / 60_000;
  return `${jobs} of this machine ${run} on: started again within ${minutes} minutes, it takes ${they === "it" ? "it" : "them"} up; later ${they} ${running === 1 ? "is" : "are"} ended and placed again (--stop-jobs ends ${they === "it" ? "it" : "them"} at once)\n`;
}

/** The same about jobs in clusters, which no time ends. */
export function podsAtStop(running: number, areStopped: boolean): string {
  if (running === 0) return "";
  const jobs = running === 1 ? "1 job" : `${running} jobs`;
  if (areStopped) return `${jobs} of the cluster ${running === 1 ? "is" : "are"} ended, and placed again later\n`;
  const [run, them] = running === 1 ? ["runs", "it"] : ["run", "them"];
  return `${jobs} of the cluster ${run} on: started again, it takes ${them} up (--stop-jobs ends ${them} at once)\n`;
}
