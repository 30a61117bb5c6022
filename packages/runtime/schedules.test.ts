// Schedules on virtual time: when they fire, what they miss, what overlaps, and what survives a stop at any moment.
import { afterEach, expect, test } from "vitest";
import { compileWorkflow, type Workflow } from "@baton/dsl";
import { later, never, answer } from "./testing/scripted-executor.ts";
import { settle } from "./testing/manual-clock.ts";
import { openWorld, tenant, type World } from "./testing/world.ts";
import type { RunSummary } from "@baton/storage";

const minute = 60_000;
const hour = 60 * minute;
const worlds: World[] = [];
afterEach(async () => {
  for (const world of worlds.splice(0)) await world.close();
});

const call = `do: [ { work: { call: http, with: { method: post, endpoint: "http://a.example", body: work } } } ]`;
const quick = `do: [ { note: { set: { at: "\${ . }" } } } ]`;

function flow(schedule: string, options = "{}", tasks = quick, version = "1.0.0"): Workflow {
  const metadata = options === "none" ? "" : `\n  metadata: { baton: { schedule: ${options} } }`;
  const text = `document:\n  dsl: 1.0.3\n  namespace: default\n  name: report\n  version: ${version}${metadata}\n${schedule === "" ? "" : `schedule: ${schedule}\n`}${tasks}`;
  const compiled = compileWorkflow(text);
  if (!compiled.ok) throw new Error(compiled.diagnostics.map(({ message }) => message).join("; "));
  return compiled.workflow;
}

async function open(workflow: Workflow, scripts = {}): Promise<World> {
  const world = await openWorld({ flows: { report: workflow }, scripts });
  worlds.push(world);
  await settle();
  return world;
}

const name = { namespace: "default", name: "report" };

async function runs(world: World): Promise<RunSummary[]> {
  return [...(await world.runtime.listRuns({ tenant, limit: 1_000 }))].sort((a, b) => a.startedAt - b.startedAt);
}

async function starts(world: World): Promise<string[]> {
  return (await runs(world)).map((run) => new Date(run.startedAt).toISOString().slice(11, 19));
}

/** The clock of a world stands at 2023-11-14T22:13:20Z. */
test("cron fires at its times, and shows the next ones in its own zone", async () => {
  const world = await open(flow('{ cron: "*/30 * * * *" }', "{ timeZone: Europe/Berlin }"));
  expect(await world.runtime.schedules.next(tenant, name, 2)).toEqual([
    { at: "2023-11-14T22:30:00.000Z", local: "2023-11-14T23:30:00+01:00", due: "2023-11-14T22:30:00.000Z" },
    { at: "2023-11-14T23:00:00.000Z", local: "2023-11-15T00:00:00+01:00", due: "2023-11-14T23:00:00.000Z" },
  ]);
  await world.clock.pass(2 * hour);
  expect(await starts(world)).toEqual(["22:30:00", "23:00:00", "23:30:00", "00:00:00"]);
  expect(await world.runtime.schedules.get(tenant, name)).toMatchObject({
    status: "active",
    fired: 4,
    timeZone: "Europe/Berlin",
    trigger: { cron: "*/30 * * * *" },
  });
});

test("every fires one interval after the registration, and then again and again", async () => {
  const world = await open(flow("{ every: { minutes: 5 } }"));
  await world.clock.pass(11 * minute);
  expect(await starts(world)).toEqual(["22:18:20", "22:23:20"]);
});

test("after fires at once, and again when its delay has passed since the run ended", async () => {
  const first = later();
  let calls = 0;
  const world = await open(flow("{ after: { minutes: 10 } }", "none", call), {
    work: (...given: Parameters<typeof first.script>) => (calls++ === 0 ? first.script(...given) : answer(null)),
  });
  await world.clock.pass(1);
  expect(await starts(world)).toEqual(["22:13:20"]);
  await world.clock.pass(hour);
  expect(await starts(world)).toHaveLength(1);
  first.give(answer(null));
  await settle();
  await world.clock.pass(20 * minute);
  expect(await starts(world)).toEqual(["22:13:20", "23:23:20", "23:33:20"]);
});

test("a run gets the input that the schedule says, with the instant of its firing", async () => {
  const world = await open(flow('{ cron: "0 * * * *" }', '{ input: { day: "${ .scheduledAt[0:10] }" } }'));
  await world.clock.pass(hour);
  const [run] = await runs(world);
  expect((await world.run(run?.id ?? "")).input).toEqual({ day: "2023-11-14" });
});

test.each([
  ["last", "{ catchup: last }", ["22:43:20"]],
  ["all", "{ catchup: all }", ["22:43:20", "22:43:20", "22:43:20"]],
  ["all within a window", "{ catchup: all, window: { minutes: 10 } }", ["22:43:20"]],
  ["none", "{ catchup: none }", []],
  ["last within a window", "{ window: { minutes: 1 } }", []],
])("what was missed while no server ran: %s", async (_, options, expected) => {
  const world = await open(flow('{ cron: "*/10 * * * *" }', options));
  await world.runtime.close();
  world.clock.jump(30 * minute);
  await world.restart();
  await settle();
  await world.clock.pass(minute);
  expect((await starts(world)).map((start) => start.slice(0, 5))).toEqual(expected.map((start) => start.slice(0, 5)));
  await world.clock.pass(7 * minute);
  expect((await starts(world)).at(-1)).toBe("22:50:00");
});

test("of very many that were missed the last is found without a walk through all of them", async () => {
  const world = await open(flow("{ every: { milliseconds: 100 } }"));
  await world.runtime.close();
  world.clock.jump(365 * 24 * hour);
  await world.restart();
  await world.clock.pass(50);
  expect(await runs(world)).toHaveLength(1);
});

test.each([
  ["allow", "{ overlap: allow }", 3, { fired: 3, skipped: 0 }],
  ["skip", "{ overlap: skip }", 1, { fired: 1, skipped: 2 }],
  ["buffer-one", "{ overlap: buffer-one }", 1, { fired: 1, skipped: 1 }],
  ["cancel-other", "{ overlap: cancel-other }", 3, { fired: 3, skipped: 0 }],
])("a firing while the run before goes on: %s", async (_, options, started, counts) => {
  const world = await open(flow('{ cron: "*/10 * * * *" }', options, call), { work: never });
  await world.clock.pass(30 * minute);
  const all = await runs(world);
  expect(all).toHaveLength(started);
  expect(await world.runtime.schedules.get(tenant, name)).toMatchObject(counts);
  const cancelled = all.filter((run) => run.status === "cancelled").length;
  expect(cancelled).toBe(options.includes("cancel") ? 2 : 0);
});

test("a firing that waited starts as soon as the run before has ended, also after a restart", async () => {
  const world = await open(flow('{ cron: "*/10 * * * *" }', "{ overlap: buffer-one }", call), { work: never });
  await world.clock.pass(20 * minute);
  await world.restart();
  const [first] = await runs(world);
  await world.runtime.command(tenant, first?.id ?? "", "cancel");
  await world.clock.pass(1);
  expect(await starts(world)).toEqual(["22:20:00", "22:33:20"]);
});

test("paused, a schedule does not fire, and what it missed is not made up for", async () => {
  const world = await open(flow('{ cron: "*/10 * * * *" }', "{ catchup: all }"));
  expect(await world.runtime.schedules.pause(tenant, name)).toMatchObject({ status: "paused" });
  await world.clock.pass(hour);
  await world.restart();
  await world.clock.pass(hour);
  expect(await runs(world)).toHaveLength(0);
  expect(await world.runtime.schedules.resume(tenant, name)).toMatchObject({ status: "active", next: { at: "2023-11-15T00:20:00.000Z" } });
  await world.clock.pass(10 * minute);
  expect(await starts(world)).toEqual(["00:20:00"]);
});

test("a backfill starts the runs of the past that are missing, and none twice", async () => {
  const world = await open(flow('{ cron: "0 * * * *" }', '{ input: { at: "${ .scheduledAt }" } }'));
  await world.clock.pass(2 * hour);
  const [from, until] = [Date.parse("2023-11-14T20:00:00Z"), Date.parse("2023-11-15T00:00:00Z")];
  expect(await world.runtime.schedules.backfill(tenant, name, { from, until })).toBe(5);
  await settle();
  await world.clock.pass(minute);
  const inputs = await Promise.all((await runs(world)).map(async ({ id }) => (await world.run(id)).input as { at: string }));
  expect(inputs.map(({ at }) => at.slice(11, 13)).sort()).toEqual(["00", "20", "21", "22", "23"]);
  expect(await world.runtime.schedules.get(tenant, name)).toMatchObject({ backfilling: false });
});

test("a backfill that makes no sense is refused", async () => {
  const world = await open(flow('{ cron: "* * * * *" }'));
  const now = world.clock.now();
  const backfill = (from: number, until: number): Promise<number> => world.runtime.schedules.backfill(tenant, name, { from, until });
  await expect(backfill(now, now - 1)).rejects.toMatchObject({ code: "backfill-refused", message: "The time ends before it begins." });
  await expect(backfill(now, now + hour)).rejects.toMatchObject({ code: "backfill-refused" });
  await expect(backfill(now - 8 * 24 * hour, now)).rejects.toThrow("more than 10000 firings");
  await expect(world.runtime.schedules.pause(tenant, { namespace: "default", name: "other" })).rejects.toMatchObject({
    code: "schedule-unknown",
  });
});

test("the newest version decides: it replaces the schedule of the one before, or ends it", async () => {
  const flows = { report: flow("{ every: { hours: 1 } }") };
  const world = await openWorld({ flows });
  worlds.push(world);
  await world.clock.pass(30 * minute);
  flows.report = flow("{ every: { hours: 1 } }", "{}", quick, "1.1.0");
  await world.runtime.registerFlow(tenant, "report");
  expect(await world.runtime.schedules.get(tenant, name)).toMatchObject({
    flow: { version: "1.1.0" },
    next: { at: "2023-11-14T23:13:20.000Z" },
  });
  flows.report = flow("{ every: { hours: 2 } }", "{}", quick, "0.9.0");
  await world.runtime.registerFlow(tenant, "report");
  expect(await world.runtime.schedules.get(tenant, name)).toMatchObject({ flow: { version: "1.1.0" } });
  flows.report = flow("{ every: { hours: 2 } }", "{}", quick, "1.2.0");
  await world.runtime.registerFlow(tenant, "report");
  expect(await world.runtime.schedules.get(tenant, name)).toMatchObject({ next: { at: "2023-11-15T00:43:20.000Z" } });
  flows.report = flow("", "none", quick, "2.0.0");
  await world.runtime.registerFlow(tenant, "report");
  expect(await world.runtime.schedules.list(tenant)).toEqual([]);
  await world.clock.pass(5 * hour);
  expect(await runs(world)).toHaveLength(0);
});

test("jitter puts a firing off by the same time whenever it is asked, and never past the next one", async () => {
  const world = await open(flow('{ cron: "*/10 * * * *" }', "{ jitter: { hours: 5 }, catchup: none }"));
  const views = await world.runtime.schedules.next(tenant, name, 50);
  expect(await world.runtime.schedules.next(tenant, name, 50)).toEqual(views);
  const late = views.map(({ at, due }) => Date.parse(due) - Date.parse(at));
  expect(late.every((ms) => ms >= 0 && ms < 10 * minute)).toBe(true);
  expect(new Set(late).size).toBeGreaterThan(40);
  await world.clock.pass(8 * hour);
  expect((await runs(world)).map((run) => run.startedAt)).toEqual(
    views.map(({ due }) => Date.parse(due)).filter((due) => due <= world.clock.now()),
  );
});

test.each(["fail", "store-and-fail"] as const)("a store that fails (%s) at a firing neither loses nor doubles it", async (trouble) => {
  const world = await open(flow('{ cron: "0 * * * *" }'));
  world.troubled.set(trouble);
  await world.clock.pass(hour);
  world.troubled.set("none");
  await world.clock.pass(minute);
  expect(await runs(world)).toHaveLength(1);
  await world.restart();
  await world.clock.pass(hour);
  expect(await runs(world)).toHaveLength(2);
});

test("a stop between any two writes neither loses nor doubles a firing", async () => {
  for (let batches = 0; batches < 6; batches++) {
    const world = await open(flow('{ cron: "*/10 * * * *" }', "{ overlap: skip, catchup: all }"));
    world.troubled.failFrom(batches);
    await world.clock.pass(20 * minute);
    await world.restart();
    await settle();
    await world.clock.pass(minute);
    expect([batches, (await runs(world)).length]).toEqual([batches, 2]);
  }
});
