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

/** What is done about the jobs of a node that is told to stop. */
export type StopChoice = "run-on" | "finish" | "end";

/** A line about the jobs of a server's own node that run; empty where none does. */
export function jobsAtStop(running: number, areStopped: boolean): string {
  if (running === 0) return "";
  if (areStopped) return endedLine(running);
  const [jobs, they, it] = wordsOf(running);
  const run = running === 1 ? "runs" : "run";
  const minutes = orphanMs / 60_000;
  return `${jobs} of this machine ${run} on: started again within ${minutes} minutes, it takes ${it} up; later ${they} ${areOf(running)} ended and placed again (--stop-jobs ends ${it} at once)\n`;
}

/** The same of a node that has joined a server: that goes on, and waits for it no longer than its lease. */
export function jobsAtLeave(running: number, choice: StopChoice, leaseMs: Millis): string {
  if (running === 0) return "";
  if (choice === "end") return endedLine(running);
  const [jobs, they, it] = wordsOf(running);
  if (choice === "finish")
    return `${jobs} of this machine ${areOf(running)} left to finish, and no more come; a second interrupt stops the node at once, and ${they} ${running === 1 ? "runs" : "run"} on\n`;
  const soon = leaseMs === 0 ? "in time" : `within ${leaseMs / 1_000} seconds`;
  const after = `later the server places ${it} elsewhere, and what comes of ${it} here does not count`;
  const others = `--drain lets ${it} finish first, --stop-jobs ends ${it}`;
  return `${jobs} of this machine ${running === 1 ? "runs" : "run"} on: started again ${soon}, the node takes ${it} up; ${after} (${others})\n`;
}

function endedLine(running: number): string {
  return `${wordsOf(running)[0]} of this machine ${areOf(running)} ended, and placed again later\n`;
}

function wordsOf(running: number): readonly [jobs: string, they: string, it: string] {
  return running === 1 ? ["1 job", "it", "it"] : [`${running} jobs`, "they", "them"];
}

function areOf(running: number): string {
  return running === 1 ? "is" : "are";
}

/** The same about jobs in clusters, which no time ends. */
export function podsAtStop(running: number, areStopped: boolean): string {
  if (running === 0) return "";
  const jobs = running === 1 ? "1 job" : `${running} jobs`;
  if (areStopped) return `${jobs} of the cluster ${running === 1 ? "is" : "are"} ended, and placed again later\n`;
  const [run, them] = running === 1 ? ["runs", "it"] : ["run", "them"];
  return `${jobs} of the cluster ${run} on: started again, it takes ${them} up (--stop-jobs ends ${them} at once)\n`;
}
