// Jobs over HTTP on a real server with its local node.
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import type { Json, JsonObject } from "@baton/core";
import { readEvents, type Job } from "@baton/api";
import { schemaProblems } from "./testing/schema-check.ts";
import { startTestServer, type RawAnswer, type TestServer } from "./testing/harness.ts";

let server: TestServer;
beforeAll(async () => {
  server = await startTestServer();
});
afterAll(() => server.close());

function post(path: string, body: Json, headers: { readonly [name: string]: string } = {}): Promise<RawAnswer> {
  return server.send({ method: "POST", path, headers: { "content-type": "application/json", ...headers }, body: JSON.stringify(body) });
}

function jobsOf(answer: RawAnswer): readonly Job[] {
  return (answer.json as unknown as { jobs: readonly Job[] }).jobs;
}

test("a job is answered with 201 and its address, and its end with wait", async () => {
  const answer = await post("/v1/jobs?wait=4m", { command: ["sh", "-c", "cat"], payload: "in" });
  const [job] = jobsOf(answer);
  expect([answer.status, answer.headers.location]).toEqual([201, `/v1/jobs/${job?.id}`]);
  expect(job).toMatchObject({ status: "completed", output: { exitCode: 0 }, requests: { cpu: 1_000 } });
  expect(await server.client.getJobOutput(job?.id ?? "")).toMatchObject({
    pieces: [{ position: 0, stream: "stdout", text: "in" }],
    complete: true,
  });
});

test("the same key gives the same jobs, another request with it is refused", async () => {
  const keyed = { "idempotency-key": "once" };
  const [first, again] = [await post("/v1/jobs", { command: ["true"] }, keyed), await post("/v1/jobs", { command: ["true"] }, keyed)];
  expect([first.status, again.status, again.headers["idempotency-replayed"]]).toEqual([201, 200, "true"]);
  expect(jobsOf(again)[0]?.id).toBe(jobsOf(first)[0]?.id);
  expect((await post("/v1/jobs", { command: ["false"] }, keyed)).json).toMatchObject({ code: "idempotency-key-reused" });
});

test.each<[string, Json, number, string, string]>([
  ["a field that is not known", { comand: ["x"] }, 422, "job-unreadable", "/comand"],
  [
    "a circle",
    {
      jobs: [
        { name: "a", command: ["x"], after: ["b"] },
        { name: "b", command: ["x"], after: ["a"] },
      ],
    },
    422,
    "dependency-cycle",
    "",
  ],
  ["more than any node has", { command: ["x"], resources: { cpu: 9_999 } }, 422, "job-impossible", ""],
  ["a queue that is not there", { command: ["x"], queue: "nowhere" }, 422, "job-invalid", ""],
])("%s is a problem with its code and place", async (_, body, status, code, pointer) => {
  const problem = (await post("/v1/jobs", body)).json as JsonObject;
  expect(problem).toMatchObject({ status, code, retryable: false });
  expect(JSON.stringify(problem["errors"])).toContain(pointer);
  expect((await post("/v1/jobs:plan", body)).json).toMatchObject({ code });
});

test("a job is streamed from its beginning to its end", async () => {
  const folder = mkdtempSync(join(tmpdir(), "baton-jobs-"));
  const watched = join(folder, "watched");
  const command = ["sh", "-c", 'until [ -e "$1" ]; do sleep 0.05; done', "sh", watched];
  const [job] = jobsOf(await post("/v1/jobs", { command }));
  const response = await fetch(`${server.url}/v1/jobs/${job?.id}/watch`);
  const events: string[] = [];
  for await (const { event } of readEvents(response.body as unknown as AsyncIterable<Uint8Array>)) {
    events.push(event);
    writeFileSync(watched, "");
  }
  expect([events[0], events.at(-2), events.at(-1)]).toEqual(["snapshot", "patch", "end"]);
  rmSync(folder, { recursive: true });
});

test("jobs and nodes are in the metrics", async () => {
  await post("/v1/jobs?wait=4m", { command: ["true"] });
  await post("/v1/jobs", { command: ["true"], notBefore: "2999-01-01T00:00:00Z" });
  const { text } = await server.send({ path: "/metrics" });
  expect(text).toMatch(/baton_jobs_ended_total\{status="completed"\} \d+/);
  for (const name of [
    'baton_job_wait_seconds_count{queue="default"} ',
    "baton_job_wait_estimate_error_seconds_count ",
    "baton_scheduling_cycle_seconds_count ",
    'baton_placements_total{result="placed"} ',
    'baton_placements_total{result="refused"} ',
    "baton_preemptions_total ",
    "# TYPE baton_quota_used_ratio gauge",
  ])
    expect(text).toContain(`\n${name}`);
  expect(text).toContain('baton_jobs_pending{queue="default",reason="pending.schedule"} 1');
  expect(text).toContain('baton_nodes{status="ready"} 1');
  expect(text).toMatch(/baton_node_capacity\{resource="cpu"\} \d+000/);
});

test("queues are applied as a whole and in force at once; what is wrong changes nothing", async () => {
  const limit = { kind: "tenant", name: "small", limit: { cpu: 0 } };
  expect((await post("/v1/objects", { objects: [limit, { kind: "queue", name: "x", parent: "nowhere" }] })).json).toMatchObject({
    code: "queues-invalid",
  });
  expect((await post("/v1/objects", { objects: [limit, { kind: "queue", nam: "x" }] })).json).toMatchObject({ code: "objects-unreadable" });
  expect((await server.client.queues.list()).map(({ name }) => name)).toEqual(["default"]);
  expect(await server.client.applyObjects([{ ...limit, limit: { cpu: "100m" } }])).toEqual([
    { kind: "tenant", name: "small", result: "created" },
  ]);
  const refused = await post("/v1/jobs", { command: ["true"], tenant: "small" });
  expect(refused.json).toMatchObject({ code: "job-impossible", detail: expect.stringContaining("small") as string });
  const [job] = jobsOf(await post("/v1/jobs?wait=4m", { command: ["true"], tenant: "small", resources: { cpu: "50m" } }));
  expect(job).toMatchObject({ status: "completed", queue: "small" });
  await server.client.queues.delete("small");
  expect((await server.send({ path: "/v1/queues/small" })).json).toMatchObject({ code: "queue-unknown" });
});

test("the audit log has pages, and its entries are as their schema says", async () => {
  await server.client.submitJobs({ jobs: [{ command: ["true"] }, { command: ["true"] }] });
  const page = await server.client.listAudit({ action: "job.submitted", pageSize: 1 });
  const next = await server.client.listAudit({ action: "job.submitted", pageSize: 1, pageToken: page.nextPageToken ?? "" });
  expect([...page.items, ...next.items]).toMatchObject([
    { actor: "api", detail: { queue: "default" } },
    { actor: "api", detail: { queue: "default" } },
  ]);
  expect(page.items[0]?.subject).not.toBe(next.items[0]?.subject);
  expect(schemaProblems(page as unknown as Json, "AuditPage")).toEqual([]);
  await expect(server.client.listAudit({ pageToken: "eA" })).rejects.toMatchObject({ code: "parameter-invalid" });
});
