// What every store must do to find runs: each filter here has the runs that it means written beside it.
import { deepEqual, equal } from "node:assert/strict";
import { parseRunFilter, parseRunOrder } from "../filter/parse.ts";
import type { Commit, RunQuery, Store } from "../port.ts";
import { definition, start, step, summary, tenant } from "./samples.ts";

type Register = (name: string, body: (store: Store) => Promise<void>) => void;

const hour = 3_600_000;
const noon = Date.parse("2026-11-20T12:00:00Z");

/** Four runs that differ in everything that can be asked for. */
async function fill(store: Store): Promise<void> {
  await store.putDefinition(definition("order", "1.0.0", { tags: { team: "billing", "x.y": "1" } }));
  await store.putDefinition(definition("refund", "2.0.0", { namespace: "depot", tags: { team: "support" } }));
  const run = (id: string, changes: Parameters<typeof summary>[1], attributes?: Commit["attributes"]): Commit =>
    start(id, { summary: summary(id, changes), ...(attributes && { attributes }) });
  await store.commit([
    run("run_1", { startedAt: noon - 3 * hour, endedAt: noon - hour, status: "completed" }, { amount: 100, customer: "ada", vip: true }),
    run("run_2", { startedAt: noon - 2 * hour, status: "waiting", reason: "waiting.timer" }, { amount: 99.5, customer: "bob*[x]?" }),
    run(
      "run_3",
      { workflow: "refund", version: "2.0.0", namespace: "depot", startedAt: noon - hour, parentId: "run_1", forkedFrom: "run_5" },
      { amount: "100" },
    ),
    run("run_4", { workflow: "audit", startedAt: noon, endedAt: noon, status: "faulted", reason: "timeout", incident: "A defect." }),
    { ...start("run_9"), tenant: "other", summary: summary("run_9", { tenant: "other" }), attributes: { amount: 100 } },
  ]);
}

/** What the query says, as ids. */
async function found(store: Store, filter: string, more: Partial<RunQuery> = {}): Promise<string> {
  const parsed = parseRunFilter(filter, noon);
  if (!parsed.ok) throw new Error(`${filter}: ${parsed.error.message}`);
  const runs = await store.listRuns({ tenant, limit: 10, filter: parsed.value, ...more });
  return runs.map((run) => run.id.slice(4)).join("");
}

const filters: readonly (readonly [filter: string, ids: string])[] = [
  ["status = completed", "1"],
  ["state != completed", "432"],
  ["NOT status = completed", "432"],
  ["-status = completed", "432"],
  ["status = completed OR status = waiting", "21"],
  ["(status = completed OR status = waiting) AND flow = order", "21"],
  ["reason = waiting.timer", "2"],
  ["reason = wait*", "2"],
  ["reason != wait*", "4"],
  ["NOT reason = wait*", "431"],
  ["reason:*", "42"],
  ["reason:time", "42"],
  ["NOT endedAt:*", "32"],
  ["flow = *d*", "4321"],
  ["flow = re*d", "3"],
  ["flow = 'or*'", ""],
  ["namespace = depot", "3"],
  ["version = 2.*", "3"],
  ["id >= run_3", "43"],
  ["parent = run_1", "3"],
  ["forkedFrom = run_5", "3"],
  ["incident:defect", "4"],
  ["startedAt < 2026-11-20T10:00:00Z", "1"],
  ["startedAt >= 2026-11-20T11:00:00+00:00 AND startedAt < 2026-11-21", "43"],
  ["endedAt <= 2026-11-20T12:00:00Z", "41"],
  ["NOT endedAt <= 2026-11-20T12:00:00Z", "32"],
  ["duration >= 2h", "21"],
  ["duration < PT90M", "43"],
  ["age < 90m", "43"],
  ["age >= 2h", "21"],
  ["tags.team = billing", "21"],
  ["tags.team != billing", "3"],
  ["NOT tags.team = billing", "43"],
  ['tags."x.y" = 1', "21"],
  ["tags.team:port", "3"],
  ["tags.team:*", "321"],
  ["attributes.amount = 100", "1"],
  ['attributes.amount = "100"', "3"],
  ["attributes.amount < 100", "2"],
  ["attributes.amount != 1", "21"],
  ["attributes.amount:*", "321"],
  ["attributes.vip = true", "1"],
  ["attributes.vip = false", ""],
  ["NOT attributes.vip = true", "432"],
  ["attributes.customer >= b", "2"],
  ["attributes.customer = bob*]?", "2"],
  ["attributes.customer = bo*[x]*", "2"],
  ["attributes.customer:'*['", "2"],
  ["attributes.none = 1", ""],
];

/** Registers the tests. */
export function finding(on: Register): void {
  on("each filter finds the runs that it means", async (store) => {
    await fill(store);
    for (const [filter, ids] of filters) equal(await found(store, filter), ids, filter);
  });

  on("orders, and pages in that order, also when runs come and go meanwhile", async (store) => {
    await fill(store);
    const ordered = async (text: string, more: Partial<RunQuery> = {}): Promise<string> => {
      const order = parseRunOrder(text);
      if (!order.ok) throw new Error(order.error.message);
      return (await store.listRuns({ tenant, limit: 10, order: order.value, ...more })).map((run) => run.id.slice(4)).join("");
    };
    equal(await ordered("id"), "1234");
    equal(await ordered("startedAt desc"), "4321");
    equal(await ordered("endedAt"), "1423");
    equal(await ordered("endedAt desc"), "3241");
    equal(await ordered("flow asc"), "4123");
    equal(await ordered("status"), "1432");
    equal(await ordered("flow", { limit: 2 }), "41");
    await store.commit([start("run_0"), start("run_5", { summary: summary("run_5", { workflow: "a" }) })]);
    equal(await ordered("flow", { after: "run_1", afterValue: "order" }), "23");
    equal(await ordered("endedAt desc", { after: "run_2", afterValue: Number.MAX_SAFE_INTEGER }), "041");
    equal(await ordered("id", { after: "run_3" }), "45");
  });

  on("attributes are replaced and removed", async (store) => {
    await fill(store);
    deepEqual(await store.readAttributes(tenant, "run_1"), { amount: 100, customer: "ada", vip: true });
    await store.commit([step("run_1", 1, { attributes: { amount: 7, customer: null } })]);
    deepEqual(await store.readAttributes(tenant, "run_1"), { amount: 7, vip: true });
    equal(await found(store, "attributes.amount = 7"), "1");
    deepEqual(await store.readAttributes("other", "run_1"), {});
  });

  on("runs whose time is over come in its order, a page at a time", async (store) => {
    const ended = (id: string, expiresAt: number): Commit =>
      start(id, { expiresAt, summary: summary(id, { endedAt: 5, status: "completed" }) });
    await store.commit([ended("run_c", 30), ended("run_b", 10), ended("run_a", 10), start("run_d")]);
    const ids = async (until: number, after: Parameters<Store["expiredRuns"]>[1], limit = 10): Promise<string> =>
      (await store.expiredRuns(until, after, limit)).map((run) => run.id.slice(4)).join("");
    equal(await ids(30, null), "abc");
    equal(await ids(29, null), "ab");
    equal(await ids(30, null, 1), "a");
    equal(await ids(30, { tenant, id: "run_a", at: 10 }), "bc");
    const goesOn = step("run_b", 1, { expiresAt: null, summary: summary("run_b", { endedAt: null, status: "running" }) });
    deepEqual(await store.commit([goesOn]), ["committed"]);
    equal(await ids(30, null), "ac");
    await store.deleteRuns(tenant, ["run_a", "run_b", "run_c"]);
    equal(await ids(30, null), "");
    equal((await store.readRun(tenant, "run_b"))?.summary.endedAt, null);
  });

  on("runs that have ended are forgotten with all that is theirs; others stay", async (store) => {
    await fill(store);
    const record = { key: "k", fingerprint: "f", runId: "run_5", at: 1 };
    await store.commit([start("run_5", { idempotency: record, summary: summary("run_5", { endedAt: 5, status: "completed" }) })]);
    equal(await store.deleteRuns(tenant, ["run_1", "run_2", "run_5", "run_8"]), 2);
    equal(await found(store, "id >= run_0"), "432");
    equal(await store.readRun(tenant, "run_1"), null);
    deepEqual(await store.readHistory(tenant, "run_1"), []);
    deepEqual(await store.readAttributes(tenant, "run_1"), {});
    equal(await store.findIdempotency(tenant, "k"), null);
    equal(await store.deleteRuns("other", ["run_4"]), 0);
    deepEqual(await store.commit([start("run_1")]), ["committed"]);
    equal((await store.readRun(tenant, "run_1"))?.version, 1);
  });
}
