// Sagas over random workflows and random faults, held against what their history says: what was done is undone once, the
// latest first, and nothing else is. `BATON_PROPERTY_RUNS` sets how many are tried.
import { defined, seededRandom, type Random } from "@baton/core";
import * as fc from "fast-check";
import { expect, test } from "vitest";
import { isFinal, projectRun, type Command, type Effect, type WorkflowEvent } from "./index.ts";
import { buildWorkflow, type Kind, type Spec } from "./testing/build.ts";
import { constant } from "./testing/specs.ts";
import { World } from "./testing/world.ts";

const numRuns = Number(process.env["BATON_PROPERTY_RUNS"] ?? 100);
const maxCommands = 400;

const call: Kind = { kind: "http", body: constant(1) };
const undo: readonly Spec[] = [{ name: "undo", task: call }];
const fails: Kind = { kind: "raise", type: "urn:fails", status: 500 };

interface Tied {
  readonly spec: Spec;
  readonly list: readonly Spec[];
}

const { list: specs } = fc.letrec<Tied>((tie) => {
  const inner = tie("list") as fc.Arbitrary<readonly Spec[]>;
  const kind: fc.Arbitrary<Kind> = fc.oneof(
    { depthSize: "small", withCrossShrink: true },
    { weight: 8, arbitrary: fc.constant(call) },
    { weight: 1, arbitrary: fc.constant(fails) },
    { weight: 1, arbitrary: inner.map((tasks): Kind => ({ kind: "do", do: tasks })) },
    { weight: 1, arbitrary: inner.map((tasks): Kind => ({ kind: "for", in: constant([1, 2]), do: tasks })) },
    { weight: 2, arbitrary: fc.tuple(fc.boolean(), inner).map(([compete, branches]): Kind => ({ kind: "fork", compete, branches })) },
    { weight: 2, arbitrary: fc.tuple(fc.nat(2), inner).map(([attemptCount, tasks]) => tryOf(attemptCount, tasks)) },
  );
  const named = fc.tuple(kind, fc.boolean()).map(([task, undone]): Spec => ({ name: "t", task, ...(undone && { compensate: undo }) }));
  const list = fc.array(tie("spec") as fc.Arbitrary<Spec>, { minLength: 1, maxLength: 4 });
  return { spec: named, list: list.map((tasks) => tasks.map((spec, i) => ({ ...spec, name: `t${i}` }))) };
});

function tryOf(attemptCount: number, tasks: readonly Spec[]): Kind {
  return { kind: "try", try: tasks, catch: { retry: { backoff: { kind: "constant" }, limit: { attemptCount } } } };
}

/** Runs to the end, with random faults; now and then it is cancelled. */
function run(tasks: readonly Spec[], seed: number): World {
  const chance = seededRandom(seed);
  const world = new World(buildWorkflow(tasks), { moves: 1 + Math.floor(chance() * 4) });
  world.sendOnce({ type: "StartRun", runId: "run_1", tenant: "t", workflow: world.workflow, input: 1 });
  for (let sent = 0; sent < maxCommands && world.state && !isFinal(world.state); sent++) world.sendOnce(nextCommand(world, chance));
  return world;
}

function nextCommand({ pending }: World, chance: Random): Command {
  if (chance() < 0.02) return { type: "CancelRun" };
  const effect = defined(pending[Math.floor(chance() * pending.length)], "something that the run waits for");
  return answerTo(effect, chance() < 0.85);
}

function answerTo(effect: Effect, succeeds: boolean): Command {
  if (effect.type === "sendCommand") return effect.command;
  if (effect.type !== "performWork") throw new Error(`Expected work, but got ${effect.type}.`);
  const { step } = effect;
  if (succeeds) return { type: "CompleteWork", step, output: step };
  return { type: "FailWork", step, fault: { kind: "communication", status: 500, title: "Failed" } };
}

/** The steps with a compensation that completed, outside of compensations, in the order of their completion. */
function doneIn({ workflow }: World, events: readonly WorkflowEvent[]): number[] {
  const { steps } = projectRun(workflow, events);
  return events.flatMap((event) => {
    if (event.type !== "StepCompleted") return [];
    const { reference } = defined(steps[event.step - 1], `step ${event.step}`);
    return workflow.tasks.get(reference)?.compensate === undefined ? [] : event.step;
  });
}

/** What was undone, in the order of beginning: a list for each time that a scope began to undo. */
function undoneIn({ workflow }: World, events: readonly WorkflowEvent[]): readonly (readonly Undone[])[] {
  const { steps } = projectRun(workflow, events);
  const groups: Undone[][] = [];
  const current = new Map<number, Undone[]>();
  for (const event of events) {
    if (event.type === "CompensationStarted") {
      current.set(event.step, []);
      groups.push(defined(current.get(event.step), "the group"));
    }
    const { compensates, status = "" } = event.type === "StepStarted" ? (steps[event.step - 1] ?? {}) : {};
    if (event.type === "StepStarted" && compensates !== undefined)
      current.get(event.parent)?.push({ scope: event.parent, step: compensates, status });
  }
  return groups;
}

/** A step that was undone, and how that ended: one that is `cancelled` was interrupted, and is begun again. */
interface Undone {
  /** The step that undid it; 0 is the run. */
  readonly scope: number;
  readonly step: number;
  readonly status: string;
}

test("what was done is undone once, the latest first; all of it where the run comes to no good end", () => {
  const property = fc.property(specs, fc.integer(), (tasks, seed) => {
    const world = run(tasks, seed);
    const events = world.history();
    const done = doneIn(world, events);
    const undone = undoneIn(world, events);
    for (const order of undone) {
      const places = order.map(({ step }) => done.indexOf(step));
      expect(places).not.toContain(-1);
      expect(places).toEqual(places.toSorted((a, b) => b - a));
    }
    const whole = undone.flat().filter((one) => one.status !== "cancelled");
    const all = whole.map(({ step }) => step);
    expect(new Set(all).size).toBe(all.length);
    const { status, compensated } = projectRun(world.workflow, events);
    if (status === "faulted" || status === "cancelled") expect(new Set(all)).toEqual(new Set(done));
    const failed = whole.some((one) => one.status === "faulted");
    if (all.length > 0 && world.state && isFinal(world.state)) expect(compensated).toBe(!failed);
    if (whole.some((one) => one.scope === 0 && one.status === "faulted")) expect(status).toBe("faulted");
  });
  fc.assert(property, { numRuns });
});
