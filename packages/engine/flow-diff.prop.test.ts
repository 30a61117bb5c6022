// The verdict of a comparison holds for every run: where it names no obstacle, migration finds a place for whatever is under
// way; and a run that migration refuses stands at one of the obstacles that it names.
import * as fc from "fast-check";
import { expect, test } from "vitest";
import { diffFlows, migrationProblems, type Effect } from "./index.ts";
import { buildWorkflow, type Spec } from "./testing/build.ts";
import { attempt, call, constant, fork, http, list, loop, set, wait } from "./testing/specs.ts";
import { scenario, type Scenario } from "./testing/scenario.ts";

const names = ["a", "b", "c", "d"] as const;

type Make = (name: string) => Spec;

const { task } = fc.letrec<{ task: Make }>((tie) => {
  const inside = (max = 3): fc.Arbitrary<Spec[]> => listOf(tie("task"), max);
  return {
    task: fc.oneof(
      { maxDepth: 2 },
      fc.constantFrom<Make>(
        (name) => http(name),
        (name) => wait(name, 1000),
        (name) => set(name, constant(1)),
      ),
      inside().map(
        (specs): Make =>
          (name) =>
            list(name, specs),
      ),
      inside().map(
        (specs): Make =>
          (name) =>
            fork(name, specs),
      ),
      inside(2).map(
        (specs): Make =>
          (name) =>
            loop(name, constant([1, 2]), specs),
      ),
      fc.tuple(inside(2), inside(2)).map(
        ([tried, mended]): Make =>
          (name) =>
            attempt(name, tried, { do: mended }),
      ),
      tie("task").map(
        (make): Make =>
          (name) =>
            call(name, make("inner")),
      ),
    ),
  };
});

function listOf(make: fc.Arbitrary<Make>, max: number): fc.Arbitrary<Spec[]> {
  const chosen = fc.shuffledSubarray([...names], { minLength: 1, maxLength: max });
  return chosen.chain((some) => fc.tuple(...some.map((name) => make.map((one) => one(name)))));
}

/** Some tasks, and the same tasks with others among them, without some of them, in another order. */
const versions = listOf(task, 4).chain((before) =>
  fc.record({
    before: fc.constant(before),
    after: fc
      .tuple(fc.shuffledSubarray(before, { minLength: 0 }), fc.dictionary(fc.constantFrom(...names), task, { maxKeys: 2 }))
      .map(([kept, changed]) => {
        const fresh = Object.entries(changed).map(([name, make]) => make(name));
        return [...kept.filter(({ name }) => !(name in changed)), ...fresh];
      })
      .filter((specs) => specs.length > 0),
  }),
);

function answer(run: Scenario, effect: Effect, fails: boolean): void {
  if (effect.type === "setTimer") run.fire();
  else if (effect.type === "performWork")
    run.send(
      fails
        ? { type: "FailWork", step: effect.step, fault: { kind: "communication", status: 503, title: "Failed" } }
        : { type: "CompleteWork", step: effect.step, output: null },
    );
}

/** A step's place as comparisons name it. */
function pathOf(reference: string): string {
  const structure = /^(?:do|try|fork|branches|\d+|)$/;
  return reference
    .split("/")
    .filter((part) => !structure.test(part))
    .join("/");
}

const numRuns = Number(process.env["BATON_PROPERTY_RUNS"] ?? 200);

test("a run that cannot be migrated stands at an obstacle that the comparison names", () => {
  let refused = 0;
  fc.assert(
    fc.property(versions, fc.array(fc.tuple(fc.nat(9), fc.boolean()), { maxLength: 6 }), ({ before, after }, answers) => {
      const run = scenario(before);
      for (const [which, fails] of answers) {
        const { pending } = run.world;
        const effect = pending[which % Math.max(1, pending.length)];
        if (effect !== undefined) answer(run, effect, fails);
      }
      const { state } = run.world;
      if (state === null || run.view.endedAt !== null) return;
      const [from, to] = [buildWorkflow(before), { ...buildWorkflow(after), version: "2.0.0" }];
      const problems = migrationProblems(from, state, to);
      if (problems.length === 0) return;
      refused++;
      const { obstacles } = diffFlows(from, to);
      const standing = [...state.frames.values()].map((frame) => pathOf(frame.task.reference));
      const near = obstacles.some(({ step }) => standing.some((path) => path.startsWith(step) || step.startsWith(path)));
      expect({ near, problems, obstacles }).toMatchObject({ near: true });
    }),
    { numRuns },
  );
  expect(refused).toBeGreaterThan(0);
});
