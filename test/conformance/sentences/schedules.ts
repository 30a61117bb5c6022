// Schedules, on a clock that is moved by hand.
import { expect } from "vitest";
import { answer, later } from "../../../packages/runtime/testing/scripted-executor.ts";
import { settle } from "../../../packages/runtime/testing/manual-clock.ts";
import { openWorld, tenant, type World } from "../../../packages/runtime/testing/world.ts";
import { compiled } from "../run-flow.ts";
import { reference, refuses } from "../section.ts";

const minute = 60_000;
const quick = "do: [a: { set: { x: 1 } }]";
const work = "do: [a: { call: http, with: { method: post, endpoint: 'http://a.test', body: work } }]";
const head = "document: { dsl: 1.0.3, namespace: test, name: flow, version: 1.0.0 }\n";

/** Gives a check a world with a flow of this schedule, and closes it afterwards. */
async function within(schedule: string, tasks: string, check: (world: World) => Promise<void>, scripts = {}): Promise<void> {
  const world = await openWorld({ flows: { flow: compiled(`${head}schedule: { ${schedule} }\n${tasks}`) }, scripts });
  try {
    await settle();
    await check(world);
  } finally {
    await world.close();
  }
}

/** Hour, minute and second at which runs started, in order; the clock begins at 22:13:20. */
async function starts(world: World): Promise<string[]> {
  const runs = await world.runtime.listRuns({ tenant, limit: 1_000 });
  return runs.map(({ startedAt }) => new Date(startedAt).toISOString().slice(11, 19)).sort((a, b) => (a < b ? -1 : 1));
}

export const scheduleSections = [
  reference("Schedule", {
    "`every` starts a run in each interval": () =>
      within("every: { minutes: 5 }", quick, async (world) => {
        await world.clock.pass(16 * minute);
        expect(await starts(world)).toEqual(["22:18:20", "22:23:20", "22:28:20"]);
      }),
    "whether or not the run before is still under way": () =>
      within(
        "every: { minutes: 5 }",
        work,
        async (world) => {
          await world.clock.pass(11 * minute);
          expect(await starts(world)).toHaveLength(2);
        },
        { work: later().script },
      ),
    "`cron` starts runs at the times of its expression": () =>
      within("cron: '*/30 * * * *'", quick, async (world) => {
        await world.clock.pass(80 * minute);
        expect(await starts(world)).toEqual(["22:30:00", "23:00:00", "23:30:00"]);
      }),
    "`after` starts the next run when the delay has passed since the last one ended": async () => {
      const first = later();
      let calls = 0;
      const script = (...given: Parameters<typeof first.script>) => (calls++ === 0 ? first.script(...given) : answer(null));
      await within(
        "after: { minutes: 10 }",
        work,
        async (world) => {
          await world.clock.pass(60 * minute);
          expect(await starts(world)).toEqual(["22:13:20"]);
          first.give(answer(null));
          await settle();
          await world.clock.pass(11 * minute);
          expect(await starts(world)).toEqual(["22:13:20", "23:23:20"]);
        },
        { work: script },
      );
    },
    "exactly one of them is set": () => {
      refuses(`schedule: {}\n${quick}`, "missing-key");
      refuses(`schedule: { every: PT1M, cron: '* * * * *' }\n${quick}`, "conflicting-keys");
    },
    "`read` without `on` makes a workflow invalid": () => refuses(`schedule: { every: PT1M, read: data }\n${quick}`, "conflicting-keys"),
  }),
];
