// The jobs of a real server as a history, and the simulator on it.
import { existsSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import { BatonClient, type Job } from "@baton/api";
import type { JsonObject } from "@baton/core";
import { OwnServer, runCommand } from "./testing.ts";

const server = new OwnServer("export", "--stop-jobs");
const { baton, folder } = server;
let client: BatonClient;
beforeAll(async () => {
  await server.start();
  client = new BatonClient({ url: server.url });
});
afterAll(() => server.remove());

async function submit(jobs: readonly JsonObject[]): Promise<readonly string[]> {
  return (await client.submitJobs({ jobs })).jobs.map(({ id }) => id);
}

function ended(ids: readonly string[]): Promise<readonly Job[]> {
  return Promise.all(ids.map((id) => client.getJob(id, { waitMs: 240_000 })));
}

function idsIn(csv: string): string[] {
  return csv
    .trim()
    .split("\n")
    .slice(1)
    .map((line) => line.split(",")[0] as string)
    .sort();
}

const small = { resources: { cpu: "100m" } };

test("what a server ran is exported, and simulated on the same cluster", async () => {
  const queues = join(folder, "queues.yaml");
  writeFileSync(queues, "kind: tenant\nname: research\nweight: 2\n---\nkind: queue\nname: night\nparent: research\n");
  expect(await baton("apply", "-f", queues)).toMatchObject({ code: 0 });
  // The first one runs until all others are there.
  const go = join(folder, "go");
  const after = await submit([{ name: "first", command: ["sh", "-c", `until [ -e ${go} ]; do sleep 0.05; done`], ...small }]);
  const first = await client.getJob(after[0] as string);
  // Times of submission are whole milliseconds, and the next jobs are to be later.
  while (Date.now() <= Date.parse(first.submittedAt)) await Promise.resolve();
  const others = await submit([
    { name: "second", command: ["sleep", "0.2"], queue: "night", priority: 70, expectedDuration: "1s", timeout: "1m", after, ...small },
    { name: "third", command: ["sh", "-c", "exit 3"], after: ["second"], deadline: "2030-01-01T00:00:00Z", ...small },
    { name: "parts", command: ["true"], array: { count: 3, maxRunning: 2 }, ...small },
    { name: "left", command: ["true"], gang: "pair", ...small },
    { name: "right", command: ["true"], gang: "pair", ...small },
    { name: "never", command: ["true"], after: ["third"], ...small },
  ]);
  writeFileSync(go, "");
  const rest = await ended(others);
  await ended(after);
  expect(rest.map(({ status }) => status)).toEqual(["completed", "failed", ...Array<string>(5).fill("completed"), "cancelled"]);
  const [running] = await submit([{ command: ["sleep", "1000"], ...small }]);

  const file = join(folder, "history.jsonl");
  expect(await baton("job", "export", "--out", file)).toEqual({
    code: 0,
    out: "",
    err: `9 jobs exported to ${file}; 1 job left out: not ended yet\n`,
  });
  const [header, ...lines] = readFileSync(file, "utf8").trim().split("\n");
  expect(JSON.parse(header ?? "")).toMatchObject({
    format: "baton-history",
    nodes: [{ id: expect.stringMatching(/^local-/), capacity: { cpu: expect.any(Number) } }],
    queues: [{ id: "default" }, { id: "research", weight: 2 }, { id: "night", parent: "research" }],
  });
  const second = rest[0] as Job;
  expect(lines.map((line) => JSON.parse(line) as object)).toContainEqual({
    job: {
      id: second.id,
      queue: "night",
      requests: { cpu: 100 },
      priority: 70,
      expectedMs: 1_000,
      limitMs: 60_000,
      predictionKey: "command sleep",
      after,
    },
    submittedAt: Date.parse(second.submittedAt),
    startedAt: Date.parse(second.startedAt ?? ""),
    endedAt: Date.parse(second.endedAt ?? ""),
    runMs: Math.round(second.usage?.wallMs ?? 0),
    outcome: "completed",
    nodeId: second.node,
  });

  const csv = join(folder, "jobs.csv");
  const simulated = await runCommand(["simulate", "--trace", file, "--policy", "easy", "--jobs-out", csv, "-o", "csv"]);
  const replayed = [first, ...rest].filter(({ status }) => status !== "cancelled");
  expect([simulated.code, simulated.err]).toEqual([
    0,
    "left out a job because it was cancelled\nleft out a job because it had not ended when the history was written\n",
  ]);
  expect(idsIn(readFileSync(csv, "utf8"))).toEqual(replayed.map(({ id }) => id).sort());

  // A window, on standard output: a job that was waited for ended before it begins.
  const window = await baton("job", "export", "--since", second.submittedAt, "--queue", "research");
  expect(window.err).toBe("1 job exported\n");
  const part = join(folder, "part.jsonl");
  writeFileSync(part, window.out);
  const narrow = await runCommand(["simulate", "--trace", part, "--policy", "easy", "--jobs-out", csv]);
  expect(narrow.err).toBe(
    `passed over part.jsonl: line 2: /job/after/0: the dependency on ${after[0]}: ` +
      "what is waited for is not among the jobs that are simulated, and counts as ended before\n",
  );
  expect(idsIn(readFileSync(csv, "utf8"))).toEqual([second.id]);
  const summary = await baton("job", "export", "--until", second.submittedAt, "--out", part, "-o", "json");
  expect(JSON.parse(summary.out)).toEqual({ file: part, jobs: 1, unfinished: 0 });
  expect((await baton("job", "cancel", running as string)).code).toBe(0);
});

test("what is wrong with the options is said, and nothing is left behind", async () => {
  const file = join(folder, "none.jsonl");
  expect(await baton("job", "export", "--since", "yesterday", "--out", file)).toMatchObject({
    code: 2,
    err: expect.stringMatching(/"yesterday" is not a time[^]*--since[^]*24h, 7d/),
  });
  const turned = await baton("job", "export", "--since", "2026-01-02", "--until", "2026-01-01", "--out", file);
  expect([turned.code, turned.err]).toEqual([1, expect.stringMatching(/until must be later than since[^]*parameter-invalid/)]);
  const nowhere = await baton("job", "export", "--out", join(folder, "no", "file.jsonl"));
  expect([nowhere.code, nowhere.err]).toEqual([1, expect.stringContaining("the file can't be written")]);
  expect([file, `${file}.part`].map((path) => existsSync(path))).toEqual([false, false]);
  expect((await baton("job", "export", "--help")).out).toContain("baton job export --since 7d --out week.jsonl");
});
