// What every store must do, written once and run on each of them. It knows no test framework: the caller gives
// the function that registers a test, and the function that opens an empty store.
import { deepEqual, equal, rejects } from "node:assert/strict";
import type { Store } from "../port.ts";
import { webhookContract } from "./webhooks.ts";
import { definition, end, start, step, summary, tenant } from "./samples.ts";
import { eventContract } from "./events.ts";
import { finding } from "./finding.ts";
import { audit } from "./audit.ts";
import { jobs } from "./jobs.ts";
import { functions } from "./functions.ts";
import { locks } from "./locks.ts";
import { operations } from "./operations.ts";
import { secrets } from "./secrets.ts";
import { schedules } from "./schedules.ts";

/** How a store is tested. */
export interface Harness {
  readonly test: (name: string, body: () => Promise<void>) => void;
  /** Opens a store that holds nothing. */
  readonly open: () => Promise<Store>;
}

/** Registers all tests of the contract. */
export function storeContract({ test, open }: Harness): void {
  const on = (name: string, body: (store: Store) => Promise<void>): void =>
    test(name, async () => {
      const store = await open();
      try {
        await body(store);
      } finally {
        await store.close();
      }
    });
  versions(on);
  snapshots(on);
  timers(on);
  idempotency(on);
  lists(on);
  definitions(on);
  webhookContract(on);
  eventContract(on);
  schedules(on);
  finding(on);
  secrets(on);
  functions(on);
  operations(on);
  locks(on);
  jobs(on);
  audit(on);
  closing(on);
}

type Register = (name: string, body: (store: Store) => Promise<void>) => void;

function versions(on: Register): void {
  on("an empty store has nothing", async (store) => {
    equal(await store.readRun(tenant, "run_a"), null);
    deepEqual(await store.readHistory(tenant, "run_a"), []);
    deepEqual(await store.listRuns({ tenant, limit: 10 }), []);
    deepEqual(await store.activeRuns(null, 10), []);
    deepEqual(await store.commit([]), []);
  });

  on("a run is read as it was committed", async (store) => {
    deepEqual(await store.commit([start("run_a"), step("run_a", 1, { envelopes: ["b", "c"] })]), ["committed", "committed"]);
    deepEqual(await store.readRun(tenant, "run_a"), { summary: summary("run_a"), version: 3, snapshot: null, tail: ["run_a-1", "b", "c"] });
    deepEqual(await store.readHistory(tenant, "run_a"), ["run_a-1", "b", "c"]);
  });

  on("envelopes are kept to the letter", async (store) => {
    const odd = ["", "\u0000 and a lone \n", "äöü 漢字 🎼", "x".repeat(200_000)];
    await store.commit([start("run_a", { envelopes: odd })]);
    deepEqual(await store.readHistory(tenant, "run_a"), odd);
  });

  on("a commit on another version is refused alone", async (store) => {
    await store.commit([start("run_a"), start("run_b")]);
    const batch = [step("run_a", 0), step("run_a", 2), step("run_a", 1), step("run_a", 1), step("run_b", 1), step("run_c", 1)];
    deepEqual(await store.commit(batch), ["conflict", "conflict", "committed", "conflict", "committed", "conflict"]);
    deepEqual(await store.readHistory(tenant, "run_a"), ["run_a-1", "run_a-2"]);
    equal(await store.readRun(tenant, "run_c"), null);
  });

  on("a refused commit changes nothing at all", async (store) => {
    await store.commit([start("run_a")]);
    const refused = end("run_a", 7, { setTimers: [{ timer: "t", at: 5 }], snapshot: "s" });
    deepEqual(await store.commit([refused]), ["conflict"]);
    deepEqual(await store.readRun(tenant, "run_a"), { summary: summary("run_a"), version: 1, snapshot: null, tail: ["run_a-1"] });
    equal(await store.nextTimerAt(), null);
  });

  on("starting a run that is there is a conflict", async (store) => {
    await store.commit([start("run_a")]);
    deepEqual(await store.commit([start("run_a")]), ["conflict"]);
  });

  on("a commit without envelopes changes the rest and keeps the version", async (store) => {
    await store.commit([start("run_a")]);
    const broken = summary("run_a", { incident: "Expected an answer, but there is none." });
    deepEqual(await store.commit([step("run_a", 1, { envelopes: [], summary: broken })]), ["committed"]);
    deepEqual(await store.readRun(tenant, "run_a"), { summary: broken, version: 1, snapshot: null, tail: ["run_a-1"] });
  });

  on("the same id belongs to each tenant by itself", async (store) => {
    const other = { ...start("run_a", { envelopes: ["other"] }), tenant: "other", summary: summary("run_a", { tenant: "other" }) };
    deepEqual(await store.commit([start("run_a"), other]), ["committed", "committed"]);
    deepEqual(await store.readHistory("other", "run_a"), ["other"]);
    deepEqual(await store.readHistory(tenant, "run_a"), ["run_a-1"]);
  });
}

function snapshots(on: Register): void {
  on("reading starts from the newest snapshot; the history stays whole", async (store) => {
    await store.commit([start("run_a"), step("run_a", 1, { snapshot: "after 2" }), step("run_a", 2)]);
    const read = await store.readRun(tenant, "run_a");
    deepEqual(read, { summary: summary("run_a"), version: 3, snapshot: { version: 2, state: "after 2" }, tail: ["run_a-3"] });
    await store.commit([step("run_a", 3, { snapshot: "after 4" })]);
    deepEqual((await store.readRun(tenant, "run_a"))?.snapshot, { version: 4, state: "after 4" });
    deepEqual(await store.readHistory(tenant, "run_a"), ["run_a-1", "run_a-2", "run_a-3", "run_a-4"]);
  });

  on("a run that has ended keeps no snapshot", async (store) => {
    await store.commit([start("run_a", { snapshot: "s" }), end("run_a", 1)]);
    const read = await store.readRun(tenant, "run_a");
    deepEqual([read?.version, read?.snapshot, read?.tail.length], [2, null, 2]);
  });
}

function timers(on: Register): void {
  const at = (timer: string, when: number): { timer: string; at: number } => ({ timer, at: when });

  on("timers come in the order in which they are due, and stay until they are cleared", async (store) => {
    await store.commit([start("run_a", { setTimers: [at("late", 300), at("early", 100)] }), start("run_b", { setTimers: [at("t", 200)] })]);
    equal(await store.nextTimerAt(), 100);
    const due = [
      { tenant, runId: "run_a", timer: "early", at: 100 },
      { tenant, runId: "run_b", timer: "t", at: 200 },
    ];
    deepEqual(await store.dueTimers(200, 10), due);
    deepEqual(await store.dueTimers(200, 10), due);
    deepEqual(await store.dueTimers(300, 1), due.slice(0, 1));
    deepEqual(await store.readTimers(tenant, "run_b"), [due[1]]);
    deepEqual(await store.readTimers("other", "run_b"), []);
    await store.commit([step("run_a", 1, { clearTimers: ["early", "never-set"] })]);
    equal(await store.nextTimerAt(), 200);
  });

  on("a timer that is set again moves, also when it is cleared in the same commit", async (store) => {
    await store.commit([start("run_a", { setTimers: [at("t", 100)] }), step("run_a", 1, { setTimers: [at("t", 500)] })]);
    equal(await store.nextTimerAt(), 500);
    await store.commit([step("run_a", 2, { clearTimers: ["t"], setTimers: [at("t", 700)] })]);
    deepEqual(await store.dueTimers(1_000, 10), [{ tenant, runId: "run_a", timer: "t", at: 700 }]);
  });
}

function idempotency(on: Register): void {
  const record = (runId: string, fingerprint = "f"): { key: string; fingerprint: string; runId: string; at: number } => ({
    key: "k",
    fingerprint,
    runId,
    at: 1_000,
  });

  on("a key starts one run; whoever brings it again is told so", async (store) => {
    const batch = [start("run_a", { idempotency: record("run_a") }), start("run_b", { idempotency: record("run_b", "other") })];
    deepEqual(await store.commit(batch), ["committed", "duplicate"]);
    deepEqual(await store.commit([start("run_c", { idempotency: record("run_c") })]), ["duplicate"]);
    deepEqual(await store.findIdempotency(tenant, "k"), record("run_a"));
    equal(await store.readRun(tenant, "run_b"), null);
    equal(await store.findIdempotency("other", "k"), null);
  });

  on("a refused start leaves its key free", async (store) => {
    await store.commit([start("run_a")]);
    deepEqual(await store.commit([start("run_a", { idempotency: record("run_a") })]), ["conflict"]);
    equal(await store.findIdempotency(tenant, "k"), null);
  });
}

function lists(on: Register): void {
  on("runs are listed newest first, filtered, a page at a time", async (store) => {
    await store.commit([start("run_1"), start("run_2"), start("run_3"), end("run_2", 1)]);
    const ids = async (query: object): Promise<string[]> => (await store.listRuns({ tenant, limit: 10, ...query })).map((run) => run.id);
    deepEqual(await ids({}), ["run_3", "run_2", "run_1"]);
    deepEqual(await ids({ limit: 2 }), ["run_3", "run_2"]);
    deepEqual(await ids({ after: "run_2" }), ["run_1"]);
    deepEqual(await ids({ status: "running" }), ["run_3", "run_1"]);
    deepEqual(await ids({ status: "running", namespace: "shop", workflow: "order", after: "run_3" }), ["run_1"]);
    deepEqual(await ids({ workflow: "other" }), []);
    deepEqual(await store.listRuns({ tenant: "other", limit: 10 }), []);
  });

  on("active runs come in the order of tenant and id, a page at a time", async (store) => {
    const other = { ...start("run_0"), tenant: "beta", summary: summary("run_0", { tenant: "beta" }) };
    await store.commit([start("run_2"), other, start("run_1"), start("run_3"), end("run_2", 1)]);
    const first = await store.activeRuns(null, 2);
    deepEqual(
      first.map((run) => run.id),
      ["run_1", "run_3"],
    );
    deepEqual(await store.activeRuns({ tenant, id: "run_3" }, 2), [other.summary]);
    deepEqual(await store.activeRuns({ tenant: "beta", id: "run_0" }, 2), []);
  });
}

function definitions(on: Register): void {
  on("a definition's version is stored once and never changes", async (store) => {
    equal(await store.putDefinition(definition("order", "1.0.0")), true);
    equal(await store.putDefinition(definition("order", "1.0.0", { source: "changed" })), false);
    deepEqual(await store.getDefinition(tenant, "shop", "order", "1.0.0"), definition("order", "1.0.0"));
    const resourceful = definition("order", "1.1.0", { resources: { "https://x.test/a": "text" } });
    equal(await store.putDefinition(resourceful), true);
    deepEqual(await store.getDefinition(tenant, "shop", "order", "1.1.0"), resourceful);
    equal(await store.getDefinition(tenant, "shop", "order", "2.0.0"), null);
    equal(await store.getDefinition("other", "shop", "order", "1.0.0"), null);
  });

  on("definitions are listed by namespace and name", async (store) => {
    const [one, two, refund] = [definition("order", "1.0.0"), definition("order", "2.0.0"), definition("refund", "1.0.0")];
    const elsewhere = definition("order", "1.0.0", { namespace: "depot" });
    for (const each of [two, refund, one, elsewhere]) await store.putDefinition(each);
    deepEqual(await store.listDefinitions(tenant), [elsewhere, one, two, refund]);
    deepEqual(await store.listDefinitions(tenant, { namespace: "shop" }), [one, two, refund]);
    deepEqual(await store.listDefinitions(tenant, { namespace: "shop", name: "order" }), [one, two]);
    deepEqual(await store.listDefinitions("other"), []);
  });
}

function closing(on: Register): void {
  on("a closed store refuses every verb, and may be closed again", async (store) => {
    equal(typeof (await store.describe())["engine"], "string");
    await store.close();
    await rejects(store.commit([start("run_a")]), { code: "store-closed", retryable: true });
    await rejects(store.readRun(tenant, "run_a"), { code: "store-closed" });
    await store.close();
  });
}
