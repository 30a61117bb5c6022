// Job logs in the Standard Workload Format, as arrivals for a TestWorld: what of them the published study of backfilling used.
import type { Arrival } from "./drive.ts";

/** A log: the processors of its machine, and its jobs. */
export interface JobLog {
  readonly processors: number;
  readonly arrivals: readonly Arrival[];
}

/** Reads the text of a log. A clairvoyant log promises as limits what the jobs really take. */
export function readLog(text: string, isClairvoyant = false): JobLog {
  const rows = text.trim().split("\n");
  const processors = Number(/MaxProcs:\s*(\d+)/.exec(rows[0] ?? "")?.[1]);
  const arrivals = rows.flatMap((row) => (row.startsWith(";") ? [] : readJob(row, processors, isClairvoyant)));
  return { processors, arrivals };
}

function readJob(row: string, processors: number, isClairvoyant: boolean): Arrival[] {
  const [id = 0, submit = 0, , run = 0, , , , wanted = 0, request = 0, , , user = 0] = row.trim().split(/\s+/).map(Number);
  if (wanted > processors || run <= 0 || request <= 0) return [];
  const runMs = Math.min(run, request) * 1000;
  const limitMs = isClairvoyant ? runMs : request * 1000;
  return [{ at: submit * 1000, runMs, job: { id: String(id), requests: { processors: wanted }, limitMs, predictionKey: String(user) } }];
}
