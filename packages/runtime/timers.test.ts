import { expect, test } from "vitest";
import { buildWorkflow, type Spec } from "../engine/testing/build.ts";
import { settle } from "./testing/manual-clock.ts";
import { openWorld } from "./testing/world.ts";

const wait = (name: string, ms: number): Spec => ({ name, task: { kind: "wait", ms } });
const after: Spec = { name: "after", task: { kind: "http", body: { constant: "after" } } };
const sleeper = (ms: number): ReturnType<typeof buildWorkflow> => buildWorkflow([wait("sleep", ms), after]);
const minute = 60_000;
const hour = 60 * minute;

test("a wait ends at its time, not before, and how late it was is counted", async () => {
  const world = await openWorld({ flows: { short: sleeper(5_000) } });
  const id = await world.start("short");
  expect(await world.settled(id)).toMatchObject({ status: "waiting", steps: [{ name: "sleep", status: "waiting" }] });
  await world.clock.pass(4_999);
  expect((await world.run(id)).status).toBe("waiting");
  await world.clock.pass(1);
  expect((await world.run(id)).status).toBe("completed");
  expect(world.runtime.stats().timerLagSeconds).toMatchObject({ count: 1, sum: 0 });
  expect(await world.troubled.store.nextTimerAt()).toBeNull();
});

test("a wait beyond the horizon stays in the store until it comes near", async () => {
  const world = await openWorld({ flows: { long: sleeper(30 * 24 * hour) } });
  const id = await world.start("long");
  await world.clock.pass(5 * minute);
  expect((await world.run(id)).status).toBe("waiting");
  world.clock.jump(30 * 24 * hour - 5 * minute - 30_000);
  await world.clock.pass(29_999);
  expect((await world.run(id)).status).toBe("waiting");
  await world.clock.pass(1);
  expect((await world.run(id)).status).toBe("completed");
});

test("a machine that slept through a timer fires it within a second of waking up", async () => {
  const world = await openWorld({ flows: { long: sleeper(5 * hour) } });
  const id = await world.start("long");
  await world.clock.pass(5 * minute);
  world.clock.jump(12 * hour);
  await world.clock.pass(1_000);
  expect((await world.run(id)).status).toBe("completed");
});

test("a clock that is set back delays a timer until it shows the time again, and loses none", async () => {
  const world = await openWorld({ flows: { short: sleeper(90_000) } });
  const id = await world.start("short");
  await world.clock.pass(45_000);
  world.clock.jump(-10 * minute);
  await world.clock.pass(10 * minute);
  expect((await world.run(id)).status).toBe("waiting");
  await world.clock.pass(45_000);
  expect((await world.run(id)).status).toBe("completed");
});

test("a timer survives a restart, and one that came due meanwhile fires at once", async () => {
  const world = await openWorld({ flows: { short: sleeper(5_000), long: sleeper(60_000) } });
  const [short, long] = [await world.start("short"), await world.start("long")];
  await settle();
  await world.runtime.close();
  await world.clock.pass(10_000);
  await world.restart();
  await world.clock.pass(0);
  expect((await world.run(short)).status).toBe("completed");
  expect((await world.run(long)).status).toBe("waiting");
  await world.clock.pass(50_000);
  expect((await world.run(long)).status).toBe("completed");
});

test("a timer that the store cannot take is fired until it can, once", async () => {
  const world = await openWorld({ flows: { short: sleeper(1_000) } });
  const id = await world.start("short");
  await settle();
  world.troubled.set("fail");
  await world.clock.pass(120_000);
  expect((await world.run(id)).status).toBe("waiting");
  world.troubled.set("none");
  await world.clock.pass(10_000);
  expect((await world.run(id)).status).toBe("completed");
  expect(world.executor.count("after")).toBe(1);
  expect(world.runtime.stats().timerLagSeconds.count).toBe(1);
});

test("a run that is cancelled leaves no timer behind", async () => {
  const world = await openWorld({ flows: { short: sleeper(5_000) } });
  const id = await world.start("short");
  await world.runtime.command("acme", id, "cancel");
  expect((await world.settled(id)).status).toBe("cancelled");
  expect(await world.troubled.store.nextTimerAt()).toBeNull();
  await world.clock.pass(10_000);
  expect(world.runtime.stats().timerLagSeconds.count).toBe(0);
});

test("more timers than are read at a time all fire", async () => {
  const world = await openWorld({ flows: { short: sleeper(10 * minute) }, limits: { timerPage: 7 } });
  const ids = await Promise.all(Array.from({ length: 30 }, () => world.start("short")));
  await world.clock.pass(10 * minute + 10_000);
  for (const id of ids) expect((await world.run(id)).status).toBe("completed");
});
