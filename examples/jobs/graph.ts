// What the examples of graphs of jobs have in common: a server of their own for as long as a graph runs, and
// a folder that its jobs share.
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { BatonClient, type Job } from "@baton/api";
import type { Json } from "@baton/core";
import { startServer } from "@baton/server";

/** Runs a graph to its end, and gives its jobs and what each has written; jobs find their common folder in `WORK`. */
export async function runGraph(
  graph: (work: string) => Json,
): Promise<{ readonly jobs: readonly Job[]; readonly outputOf: (name: string) => string }> {
  const work = mkdtempSync(join(tmpdir(), "baton-example-"));
  const server = await startServer({ port: 0, logLevel: "error" });
  try {
    const client = new BatonClient({ url: server.url });
    const submitted = await client.submitJobs(graph(work));
    const jobs: Job[] = [];
    for (const { id } of submitted.jobs) jobs.push(await endOf(client, id));
    const written = new Map<string, string>();
    for (const { id, name } of jobs) written.set(name ?? id, (await client.getJobOutput(id)).pieces.map(({ text }) => text).join(""));
    return { jobs, outputOf: (name) => written.get(name) ?? "" };
  } finally {
    await server.close();
    rmSync(work, { recursive: true });
  }
}

/** Says what went wrong, and whether anything did. */
export function complain(jobs: readonly Job[], outputOf: (name: string) => string): boolean {
  const wrong = jobs.filter(({ status }) => status !== "completed");
  for (const { name, status, error } of wrong) console.error(`${name} is ${status}: ${error?.message ?? ""}\n${outputOf(name ?? "")}`);
  return wrong.length > 0;
}

async function endOf(client: BatonClient, id: string): Promise<Job> {
  for (;;) {
    const job = await client.getJob(id, { waitMs: 20_000 });
    if (job.endedAt !== null) return job;
  }
}
