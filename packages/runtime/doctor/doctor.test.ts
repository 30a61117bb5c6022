// Stuck runs are planted behind the runtime's back, straight into its store; the doctor must find each, and only those.
import { expect, test } from "vitest";
import type { Task, Workflow } from "@baton/dsl";
import { encodeEvents } from "@baton/engine";
import type { Commit } from "@baton/storage";
import { buildWorkflow, type Spec } from "../../engine/testing/build.ts";
import { settle } from "../testing/manual-clock.ts";
import { never } from "../testing/scripted-executor.ts";
import { openWorld, tenant, World } from "../testing/world.ts";
import type { Diagnosis } from "./diagnosis.ts";

const call = (name: string): Spec => ({ name, task: { kind: "http", body: { constant: name } } });
const pause = (name: string, ms: number): Spec => ({ name, task: { kind: "wait", ms } });
const sub: Spec = { name: "sub", task: { kind: "workflow", await: true, input: { constant: null } } };
const hour = 3_600_000;

/** A flow that runs another one. */
function runningFlow(name: string): Workflow {
  const workflow = buildWorkflow([sub]);
  const named = (task: Task): Task =>
    task.kind === "run" && task.run.kind === "workflow" ? { ...task, run: { ...task.run, name } } : task;
  return { ...workflow, do: workflow.do.map(named) };
}

const flows = {
  waiting: buildWorkflow([pause("pause", hour), call("after")]),
  listening: buildWorkflow([{ name: "listen", task: { kind: "listen", to: "one", types: ["paid"] } }]),
  working: buildWorkflow([call("slow")], { timeoutMs: hour }),
  child: buildWorkflow([call("slow")]),
  parent: buildWorkflow([sub, call("after")]),
  booking: buildWorkflow([{ ...call("book"), compensate: [call("slow")] }, call("slow")]),
  saga: runningFlow("booking"),
};

async function world(): Promise<World> {
  return openWorld({ flows, scripts: { slow: never } });
}

async function examined(it: World): Promise<readonly Diagnosis[]> {
  const looking = it.runtime.doctor.examineRuns(tenant, undefined, 100);
  await it.clock.pass(1_000);
  return (await looking).toSorted((a, b) => (a.run.workflow < b.run.workflow ? -1 : 1));
}

async function codes(it: World): Promise<string[]> {
  return (await examined(it)).flatMap(({ run, findings }) => findings.map(({ code }) => `${run.workflow} ${code}`)).sort();
}

/** Changes what is stored of a run, as a defect or a hand could. */
async function plant(
  it: World,
  runId: string,
  own: Partial<Commit> & { readonly active?: boolean; readonly status?: string },
): Promise<void> {
  const { active, status, ...changes } = own;
  const stored = await it.troubled.store.readRun(tenant, runId);
  if (stored === null) throw new Error(`There is no run ${runId}.`);
  const summary = { ...stored.summary, ...(active !== undefined && { active }), ...(status !== undefined && { status }) };
  await it.troubled.store.commit([{ tenant, runId, expectedVersion: stored.version, envelopes: [], summary, ...changes }]);
}

function happens(
  it: World,
  event: { readonly type: "RunCancelled" } | { readonly type: "StepCompleted"; readonly step: number },
): string[] {
  return [encodeEvents([{ ...event, at: it.clock.now() }])];
}

test("runs that have a wake-up are found well, with what they wait for and until when", async () => {
  const it = await world();
  for (const name of ["waiting", "working", "parent"]) await it.start(name);
  await settle();
  const all = await examined(it);
  expect(all.flatMap(({ findings }) => findings)).toEqual([]);
  const until = it.clock.now() - 1_000 + hour;
  expect(all.map(({ run, waits }) => [run.workflow, waits.map(({ for: kind, until: at }) => [kind, at])])).toEqual([
    ["child", [["work", null]]],
    ["parent", [["run", null]]],
    ["waiting", [["timer", until]]],
    ["working", [["work", until]]],
  ]);
});

test("runs that have ended are not looked at", async () => {
  const it = await world();
  await it.runtime.command(tenant, await it.start("waiting"), "cancel");
  expect(await examined(it)).toEqual([]);
});

test("a timer that is not stored, or for another time, is found, stored again, and fires", async () => {
  const it = await world();
  const [missing, wrong] = [await it.start("waiting"), await it.start("waiting")];
  await settle();
  await plant(it, missing, { clearTimers: ["wait:1"] });
  await plant(it, wrong, { setTimers: [{ timer: "wait:1", at: it.clock.now() + 90 * hour }] });
  await it.restart();
  expect(await codes(it)).toEqual(["waiting timer-missing", "waiting timer-wrong"]);
  for (const id of [missing, wrong]) await it.runtime.doctor.wake(tenant, id);
  expect(await codes(it)).toEqual([]);
  await it.clock.pass(hour);
  for (const id of [missing, wrong]) expect((await it.settled(id)).status).toBe("completed");
});

test("a subscription that is not stored is found, stored again, and gets the events that came meanwhile", async () => {
  const it = await world();
  const id = await it.start("listening");
  await settle();
  await plant(it, id, { events: [{ consumer: id, clear: ["1/0"] }] });
  await it.restart();
  const event = { specversion: "1.0", id: "e1", source: "/test", type: "paid", data: 7 };
  expect((await it.runtime.events.receive(tenant, event)).consumers).toBe(0);
  expect(await codes(it)).toEqual(["listening subscription-missing"]);
  await it.runtime.doctor.wake(tenant, id);
  expect(await it.settled(id)).toMatchObject({ status: "completed", output: [7] });
});

test("an event that is given to a run, and that nobody brings, is found and brought", async () => {
  const it = await world();
  const id = await it.start("listening");
  await settle();
  const content = JSON.stringify({ specversion: "1.0", id: "e1", source: "/test", type: "paid", data: 7 });
  const { store } = it.troubled;
  await store.acceptEvents([{ tenant, source: "/test", id: "e1", type: "paid", receivedAt: it.clock.now(), content, keys: [] }]);
  expect(await codes(it)).toEqual(["listening event-undelivered"]);
  await it.runtime.doctor.wake(tenant, id);
  expect(await it.settled(id)).toMatchObject({ status: "completed", output: [7] });
});

test("a timer that is long due and has not fired is found", async () => {
  const it = await world();
  await it.start("waiting");
  await settle();
  it.clock.jump(2 * hour);
  expect(await codes(it)).toEqual(["waiting timer-overdue"]);
  await it.clock.pass(1_000);
  expect(await codes(it)).toEqual([]);
});

test("work that nobody performs is found and asked for again, under the same id", async () => {
  const it = await world();
  const id = await it.start("working");
  await settle();
  await plant(it, id, { active: false, status: "waiting" });
  await it.restart();
  expect(it.executor.asked).toEqual([`slow ${id}:1`]);
  expect(await codes(it)).toEqual(["working restart-missed", "working summary-wrong", "working work-lost"]);
  await it.runtime.doctor.wake(tenant, id);
  await settle();
  expect(it.executor.asked).toEqual([`slow ${id}:1`, `slow ${id}:1`]);
  expect(await codes(it)).toEqual([]);
});

test("a step that could go on, and that nobody moves, is found and moved", async () => {
  const it = await world();
  const id = await it.start("waiting");
  await settle();
  await plant(it, id, { envelopes: happens(it, { type: "StepCompleted", step: 1 }), clearTimers: ["wait:1"] });
  await it.restart();
  expect(await codes(it)).toEqual(["waiting restart-missed", "waiting summary-wrong", "waiting turn-lost"]);
  await it.runtime.doctor.wake(tenant, id);
  expect((await it.settled(id)).status).toBe("completed");
});

test("a sub-run that is not there, one that has ended unheard, and one whose parent is gone", async () => {
  const it = await world();
  const [unheard, gone] = [await it.start("parent"), await it.start("parent")];
  await settle();
  const children = await it.runtime.listRuns({ tenant, workflow: "child", limit: 10 });
  const childOf = (id: string): string => children.find(({ parentId }) => parentId === id)?.id ?? "";
  const ended = { envelopes: happens(it, { type: "RunCancelled" }), active: false, status: "cancelled" };
  await plant(it, childOf(unheard), ended);
  await plant(it, unheard, { active: false });
  await plant(it, gone, ended);
  await plant(it, childOf(gone), { active: false });
  await it.restart();
  const found = await codes(it);
  expect(found).toContain("parent answer-lost");
  expect(found).toContain("child orphan");
  await it.runtime.doctor.wake(tenant, unheard);
  await it.runtime.doctor.wake(tenant, childOf(gone));
  expect((await it.settled(unheard)).status).toBe("faulted");
  expect((await it.settled(childOf(gone))).status).toBe("cancelled");
  expect(await codes(it)).toEqual([]);
});

test("a sub-run that is undone because nobody awaits it any more is well", async () => {
  const it = await world();
  const id = await it.start("saga");
  await settle();
  await it.runtime.command(tenant, id, "cancel");
  await settle();
  const [child] = await it.runtime.listRuns({ tenant, workflow: "booking", limit: 1 });
  expect(child).toMatchObject({ status: "running", reason: "compensating" });
  expect(await codes(it)).toEqual([]);
});

test("what no waking helps is said to be so: a defect, a history that cannot be read, a step without a wake-up", async () => {
  const it = await world();
  const [defect, unreadable, stranded] = [await it.start("waiting"), await it.start("waiting"), await it.start("working")];
  await settle();
  const { summary } = (await it.troubled.store.readRun(tenant, defect)) ?? {};
  await plant(it, defect, { ...(summary && { summary: { ...summary, incident: "Expected an answer." } }) });
  await plant(it, unreadable, { envelopes: ["nonsense"] });
  const snapshot = {
    v: 1,
    id: stranded,
    tenant,
    workflow: flows.working,
    parent: null,
    depth: 0,
    phase: "running",
    startedAt: 1,
    endedAt: null,
  };
  const root = { id: 0, parent: 0, index: 0, at: 1, raw: 0, input: 0, deadline: null, progress: { kind: "list", cursor: ["inside"] } };
  const rest = { steps: 1, raw: 0, output: 0, error: null, deferred: [], contexts: [[0, 0]], frames: [root], values: [null] };
  await plant(it, stranded, { active: false, snapshot: JSON.stringify({ ...snapshot, ...rest }) });
  await it.restart();
  const all = await examined(it);
  const found = all.flatMap(({ run, findings }) => findings.map(({ code, fixable }) => [run.id, code, fixable]));
  expect(new Set(found)).toEqual(
    new Set([
      [defect, "incident", false],
      [unreadable, "unreadable", false],
      [stranded, "stranded", false],
    ]),
  );
  expect(all.find(({ run }) => run.id === stranded)?.findings[0]?.message).toBe("Step 0 (the run itself) waits for nothing.");
});

test("a store that nobody drives is examined, and mended for the next start, without asking the world for anything", async () => {
  const first = await world();
  const [waiting, working] = [await first.start("waiting"), await first.start("working")];
  await settle();
  await plant(first, waiting, { clearTimers: ["wait:1"] });
  await plant(first, working, { active: false });
  await first.close();
  const closed = new World({ flows, scripts: { slow: never }, store: first.troubled.store });
  expect(await codes(closed)).toEqual(["waiting timer-missing", "working restart-missed"]);
  for (const id of [waiting, working]) await closed.runtime.doctor.wake(tenant, id);
  expect(await codes(closed)).toEqual([]);
  expect(closed.executor.asked).toEqual([]);
  await closed.close();
  const next = await new World({ flows, scripts: { slow: never }, store: first.troubled.store }).open();
  await settle();
  expect(next.executor.asked).toEqual([`slow ${working}:1`]);
});

test("pages go on behind the last run; one run can be asked for; an unknown one is told", async () => {
  const it = await world();
  const ids = [await it.start("waiting"), await it.start("waiting"), await it.start("waiting")];
  await settle();
  const first = await it.runtime.doctor.examineRuns(tenant, undefined, 2);
  const second = await it.runtime.doctor.examineRuns(tenant, first.at(-1)?.run.id, 2);
  expect([...first, ...second].map(({ run }) => run.id)).toEqual(ids.toSorted());
  expect(await it.runtime.doctor.examineRun(tenant, ids[0] ?? "")).toMatchObject({ run: { id: ids[0] }, findings: [] });
  expect(await it.runtime.doctor.examineRun(tenant, "run_none")).toBe(null);
  await expect(it.runtime.doctor.wake(tenant, "run_none")).rejects.toMatchObject({ code: "run-unknown" });
});
