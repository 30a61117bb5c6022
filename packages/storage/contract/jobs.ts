// What every store must do with jobs, their output and the cluster's objects.
import { deepEqual, equal } from "node:assert/strict";
import type { JobOutput, JobUpdate, StoredJob, StoredObject } from "../job-port.ts";
import type { Store } from "../port.ts";
import { tenant } from "./samples.ts";

function job(id: string, given: Partial<StoredJob> = {}): StoredJob {
  const fresh = { attempt: 0, failures: 0, losses: 0, node: null, notBefore: null, cancelling: false };
  const open = { status: "pending", active: true, startedAt: null, endedAt: null, result: null };
  const identity = { tenant, id, graph: null, queue: "default", kind: "command", name: null, submittedAt: 1_000, spec: `spec of ${id}` };
  return { ...fresh, ...open, ...identity, ...given };
}

function changeOf(stored: StoredJob, given: Partial<JobUpdate>): JobUpdate {
  const { graph: _g, queue: _q, kind: _k, name: _n, submittedAt: _s, spec: _spec, ...state } = stored;
  return { ...state, ...given };
}

function output(position: number, text: string, given: Partial<JobOutput> = {}): JobOutput {
  return { tenant, id: "job_a", attempt: 1, position, bytes: Buffer.byteLength(text), stream: "stdout", at: 1_000, text, ...given };
}

type Register = (name: string, body: (store: Store) => Promise<void>) => void;

/** Registers the tests. */
export function jobs(on: Register): void {
  rows(on);
  lists(on);
  outputs(on);
  objects(on);
}

function rows(on: Register): void {
  on("a job is read as it was stored and changed", async (store) => {
    const first = job("job_a", { graph: "job_a", name: "build", notBefore: 5_000 });
    await store.commitJobs({ inserts: [first, job("job_b", { tenant: "other" })], updates: [] });
    deepEqual(await store.readJob(tenant, "job_a"), first);
    equal(await store.readJob(tenant, "job_b"), null);
    const placed = changeOf(first, { status: "allocated", attempt: 1, node: "local", notBefore: null });
    await store.commitJobs({ inserts: [], updates: [placed] });
    deepEqual(await store.readJob(tenant, "job_a"), { ...first, ...placed });
    const ended = changeOf(first, {
      status: "completed",
      active: false,
      startedAt: 2_000,
      endedAt: 3_000,
      result: "äöü 漢字",
      cancelling: true,
    });
    await store.commitJobs({ inserts: [], updates: [ended] });
    deepEqual(await store.readJobs(tenant, ["job_c", "job_a"]), [{ ...first, ...ended }]);
  });

  on("what is to be told of a job's end is stored with it, for webhooks that there are", async (store) => {
    await store.putWebhook({ tenant, name: "ends", definition: "{}", updatedAt: 1_000 });
    const ended = job("job_a", { status: "completed", active: false, endedAt: 2_000 });
    const delivery = { type: "t", event: "{}", at: 2_000 };
    const deliveries = [
      { webhook: "ends", ...delivery },
      { webhook: "gone", ...delivery },
    ];
    await store.commitJobs({ inserts: [ended], updates: [], keysTenant: tenant, deliveries });
    const due = await store.dueDeliveries(tenant, "ends", 2_000, 10);
    deepEqual(
      due.map(({ webhook, type, status }) => [webhook, type, status]),
      [["ends", "t", "pending"]],
    );
    deepEqual(await store.dueDeliveries(tenant, "gone", 2_000, 10), []);
  });

  on("a job that is stored and changed in one batch has what came last; a batch may be written again", async (store) => {
    const first = job("job_a");
    const ended = changeOf(first, { status: "cancelled", active: false, endedAt: 2_000 });
    const key = { key: "k", fingerprint: "f", runId: "job_a", at: 1_000 };
    const node = { tenant, kind: "node", name: "n", spec: "{}", updatedAt: 1_000 };
    const batch = { inserts: [first], updates: [ended], outputs: [output(0, "x")], keys: [key], keysTenant: tenant, objects: [node] };
    await store.commitJobs(batch);
    await store.commitJobs(batch);
    deepEqual(await store.readJob(tenant, "job_a"), { ...first, ...ended });
    deepEqual(await store.findIdempotency(tenant, "k"), key);
    deepEqual(await store.listObjects(tenant, "node"), [node]);
    deepEqual(await store.readOutput(tenant, "job_a", 1, 0, 10), [output(0, "x")]);
  });
}

function lists(on: Register): void {
  on("jobs are listed by status, queue and graph, the newest first", async (store) => {
    const all = [
      job("job_1", { graph: "job_1" }),
      job("job_2", { graph: "job_1", status: "running" }),
      job("job_3", { queue: "night" }),
      job("job_4", { tenant: "other" }),
    ];
    await store.commitJobs({ inserts: all, updates: [] });
    const ids = async (query: object): Promise<string[]> => (await store.listJobs({ tenant, limit: 10, ...query })).map(({ id }) => id);
    deepEqual(await ids({}), ["job_3", "job_2", "job_1"]);
    deepEqual(await ids({ limit: 1, before: "job_3" }), ["job_2"]);
    deepEqual(await ids({ after: "job_" }), ["job_1", "job_2", "job_3"]);
    deepEqual(await ids({ after: "job_1", before: "job_3" }), ["job_2"]);
    deepEqual(await ids({ after: "job_1", limit: 1 }), ["job_2"]);
    deepEqual(await ids({ status: "running" }), ["job_2"]);
    deepEqual(await ids({ queue: "night" }), ["job_3"]);
    deepEqual(await ids({ graph: "job_1" }), ["job_2", "job_1"]);
  });

  on("jobs that have not ended are read in the order in which they were stored, a page at a time", async (store) => {
    const all = ["job_9", "job_1", "job_5", "job_3"].map((id) => job(id, { active: id !== "job_1" }));
    await store.commitJobs({ inserts: all, updates: [] });
    const first = await store.activeJobs(null, 2);
    deepEqual(
      first.map(({ id }) => id),
      ["job_9", "job_5"],
    );
    const rest = await store.activeJobs(first.at(-1) ?? null, 2);
    deepEqual(
      rest.map(({ id }) => id),
      ["job_3"],
    );
  });
}

function outputs(on: Register): void {
  on("output is read from a position on, without what was cut", async (store) => {
    const pieces = [output(0, "one"), output(3, "zwö", { stream: "stderr" }), output(7, "three"), output(0, "other", { attempt: 2 })];
    await store.commitJobs({ inserts: [job("job_a")], updates: [], outputs: pieces });
    deepEqual(await store.readOutput(tenant, "job_a", 1, 0, 10), pieces.slice(0, 3));
    deepEqual(await store.readOutput(tenant, "job_a", 1, 3, 1), pieces.slice(1, 2));
    deepEqual(await store.readOutput(tenant, "job_a", 1, 4, 10), pieces.slice(1, 3));
    await store.commitJobs({ inserts: [], updates: [], cutOutputs: [output(3, "")] });
    deepEqual(await store.readOutput(tenant, "job_a", 1, 0, 10), [pieces[0], pieces[2]]);
    deepEqual(await store.readOutput(tenant, "job_b", 1, 0, 10), []);
  });
}

function objects(on: Register): void {
  on("objects of the cluster are kept by kind and name, replaced and deleted", async (store) => {
    const object = (kind: string, name: string, spec = "{}"): StoredObject => ({ tenant, kind, name, spec, updatedAt: 1_000 });
    for (const each of [object("queue", "b"), object("queue", "a"), object("node", "a")]) await store.putObject(each);
    await store.putObject(object("queue", "b", '{"weight":2}'));
    deepEqual(await store.listObjects(tenant, "queue"), [object("queue", "a"), object("queue", "b", '{"weight":2}')]);
    equal(await store.deleteObject(tenant, "queue", "a"), true);
    equal(await store.deleteObject(tenant, "queue", "a"), false);
    deepEqual(await store.listObjects("other", "node"), []);
  });
}
