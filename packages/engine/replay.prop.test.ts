// Replay equals live: over random workflows, with random answers, faults, timers, suspensions and cancellations, and a
// restart after every step. `BATON_PROPERTY_RUNS` sets how many workflows are tried.
import { seededRandom, type Json, type Random } from "@baton/core";
import * as fc from "fast-check";
import { expect, test } from "vitest";
import {
  approvalsOf,
  awaitingAgain,
  decodeEvents,
  decodeState,
  definitionOf,
  encodeState,
  isFinal,
  moveStanding,
  outstandingEffects,
  projectRun,
  replay,
  rewindFault,
  rewindTo,
  RunProjector,
  strandedSteps,
  waitsOf,
  withFormer,
  type CloudEvent,
  type Command,
  type Definitions,
  type Effect,
  type RunState,
  type RunView,
} from "./index.ts";
import {
  buildWorkflow,
  ms,
  type CatchSpec,
  type Common,
  type ExtensionSpec,
  type Fn,
  type Kind,
  type ListenSpec,
  type RetrySpec,
  type Spec,
  type Top,
  type Written,
} from "./testing/build.ts";

import { World } from "./testing/world.ts";

const numRuns = Number(process.env["BATON_PROPERTY_RUNS"] ?? 150);
const maxCommands = 300;

const count = (value: Json): number => (typeof value === "number" ? value : Array.isArray(value) ? value.length : 0);
const functions: readonly Fn[] = [
  { source: "inc", f: (input) => count(input) + 1 },
  { source: "same", f: (input) => input },
  { source: "keep", f: (input, v) => [input, v["item"] ?? null, v["index"] ?? null] },
  { source: "context", f: (_, v) => v["context"] ?? null },
  { source: "error", f: (_, v) => v["error"] ?? null },
  { source: "task", f: (_, v) => v["task"] ?? null },
  { source: "secret", f: (_, v) => v["secrets"] ?? null },
];
const conditions: readonly Fn[] = [
  { source: "isEven", f: (input) => count(input) % 2 === 0 },
  { source: "isSmall", f: (input) => count(input) < 3 },
  { source: "always", f: () => true },
  { source: "never", f: () => false },
];
const exports: readonly Fn[] = [
  { source: "countContext", f: (_, v) => ({ ...(v["context"] as object), n: count((v["context"] as { n?: Json } | null)?.n ?? 0) + 1 }) },
  { source: "output", f: (_, v) => ({ last: v["output"] ?? null }) },
  { source: "list", f: (input) => [input] },
];

const broken: Fn = {
  source: "broken",
  f: () => {
    throw new Error("broken on purpose");
  },
};
const fn = fc.oneof({ weight: 30, arbitrary: fc.constantFrom(...functions) }, { weight: 1, arbitrary: fc.constant(broken) });
const condition = fc.constantFrom(...conditions);
const written: fc.Arbitrary<Written> = fc.oneof(fn, fc.record({ constant: fc.constantFrom<Json>(1, null, "text", { a: 1 }, [1, 2]) }));
const rarely = <T>(arbitrary: fc.Arbitrary<T>, outOf = 6): fc.Arbitrary<T | undefined> =>
  fc.oneof({ weight: outOf - 1, arbitrary: fc.constant(undefined) }, { weight: 1, arbitrary });
const often = <T>(arbitrary: fc.Arbitrary<T>): fc.Arbitrary<T | undefined> => rarely(arbitrary, 2);
const duration = fc.integer({ min: 0, max: 5 }).map((seconds) => ({ kind: "constant", duration: ms(seconds * 1000) }) as const);

function fnOf(source: string, f: Fn["f"]): Fn {
  return { source, f };
}

function switchOf(one: { readonly when: Fn | undefined; readonly then: string }): Kind {
  return { kind: "switch", cases: [one.when === undefined ? { then: one.then } : { when: one.when, then: one.then }] };
}

/** Leaves out what is undefined, as exact optional types want it. */
function compact<T extends object>(value: { readonly [K in keyof T]: T[K] | undefined }): T {
  return Object.fromEntries(Object.entries(value).filter(([, entry]) => entry !== undefined)) as T;
}

const retry: fc.Arbitrary<RetrySpec> = fc
  .record({
    when: rarely(condition, 8),
    delay: rarely(duration),
    backoff: fc.constantFrom({ kind: "constant" } as const, { kind: "linear" } as const, { kind: "exponential" } as const),
    jitter: rarely(fc.record({ from: duration, to: duration })),
    limit: fc
      .record({ attemptCount: fc.integer({ min: 0, max: 3 }), attemptDuration: rarely(duration), duration: rarely(duration) })
      .map(compact),
  })
  .map(compact<RetrySpec>);

const items: fc.Arbitrary<Written> = fc.oneof(
  { weight: 4, arbitrary: fc.record({ constant: fc.constantFrom<Json>([], [1], [1, 2, 3]) }) },
  { weight: 2, arbitrary: fc.constant(fnOf("three", (input) => [input, 1, null])) },
  { weight: 1, arbitrary: fn },
);
const eventTypes = ["a", "b", "c"] as const;
const until = fc.oneof(
  fc.constant(fnOf("two", (input) => count(input) >= 2)),
  fc.constant(fnOf("false", () => false)),
  fc.constantFrom(...eventTypes),
);
type Strategy = Pick<ListenSpec, "to" | "types" | "until">;
const strategy: fc.Arbitrary<Strategy> = fc.oneof(
  fc.record({ to: fc.constant("one" as const), types: fc.constantFrom(["a"], ["b"]) }),
  fc.record({ to: fc.constant("all" as const), types: fc.constantFrom(["a", "b"], ["a", "a"], []) }),
  fc.record({ to: fc.constant("any" as const), types: fc.constantFrom(["a", "b"], []), until: often(until) }).map(compact<Strategy>),
);
const leaf: fc.Arbitrary<Kind> = fc.oneof(
  { weight: 3, arbitrary: fc.record({ kind: fc.constant("set" as const), value: written }) },
  { weight: 5, arbitrary: fc.record({ kind: fc.constant("http" as const), body: written }) },
  { weight: 3, arbitrary: fc.record({ kind: fc.constant("wait" as const), ms: fc.integer({ min: 0, max: 3000 }) }) },
  {
    weight: 1,
    arbitrary: fc.record({ kind: fc.constant("raise" as const), type: fc.constant("urn:test"), status: fc.constantFrom(400, 500) }),
  },
  { weight: 2, arbitrary: fc.record({ kind: fc.constant("shell" as const), await: fc.boolean(), command: written }) },
  { weight: 2, arbitrary: fc.record({ kind: fc.constant("workflow" as const), await: fc.boolean(), input: written }) },
  { weight: 1, arbitrary: fc.record({ kind: fc.constant("emit" as const), type: fc.constantFrom(...eventTypes), data: written }) },
  {
    weight: 1,
    arbitrary: fc.record({ when: rarely(condition), then: fc.constantFrom("continue", "exit", "end", "t1", "t2") }).map(switchOf),
  },
);

function listenOf(list: fc.Arbitrary<readonly Spec[]>): fc.Arbitrary<Omit<ListenSpec, keyof Strategy>> {
  const foreach = fc
    .record({ do: often(list), as: rarely(written), export: rarely(fc.constantFrom(...exports)) })
    .map(compact<NonNullable<ListenSpec["foreach"]>>);
  const expect = rarely(fc.record({ constant: fc.constantFrom<Json>("x", "y") }));
  return fc
    .record({ kind: fc.constant("listen" as const), correlate: fc.boolean(), approval: fc.boolean(), expect, foreach: often(foreach) })
    .map(compact<Omit<ListenSpec, keyof Strategy>>);
}

/** What undoes a task: one after the other, or a fork, with an answer to errors or none. */
const undoing: fc.Arbitrary<readonly Spec[]> = fc
  .record({ leaves: fc.array(leaf, { minLength: 1, maxLength: 2 }), as: fc.constantFrom("list", "fork", "try") })
  .map(({ leaves, as }) => {
    const tasks = leaves.map((task, i): Spec => ({ name: `t${i}`, task }));
    if (as === "fork") return [{ name: "t0", task: { kind: "fork", compete: false, branches: tasks } }];
    return as === "try" ? [{ name: "t0", task: { kind: "try", try: tasks, catch: {} } }] : tasks;
  });

interface Tied {
  readonly list: readonly Spec[];
  readonly kind: Kind;
  readonly spec: Spec;
}

const { list: specs } = fc.letrec<Tied>((tie) => {
  const list = fc
    .array(tie("spec") as fc.Arbitrary<Spec>, { minLength: 1, maxLength: 4, size: "max", depthIdentifier: "nesting" })
    .map((tasks) => tasks.map((spec, i) => ({ ...spec, name: `t${i}` })));
  const then = rarely(fc.constantFrom("continue", "exit", "end", "t1", "t2", "t3"), 8);
  const common: fc.Arbitrary<Common> = fc
    .record({
      if: rarely(condition),
      from: rarely(written),
      as: rarely(written),
      export: rarely(fc.constantFrom(...exports)),
      timeoutMs: rarely(fc.integer({ min: 0, max: 4000 }), 20),
      compensate: rarely(undoing),
      then,
    })
    .map(compact<Common>);
  const caught: fc.Arbitrary<CatchSpec> = fc
    .record({
      with: rarely(fc.record({ status: fc.constantFrom(500, 408, 400) })),
      when: rarely(condition),
      retry: often(retry),
      do: often(list),
      then,
    })
    .map(compact<CatchSpec>);
  return {
    list,
    spec: fc.tuple(tie("kind") as fc.Arbitrary<Kind>, common).map(([task, own]): Spec => ({ ...own, name: "t", task })),
    kind: fc.oneof(
      { depthSize: "large", depthIdentifier: "nesting", withCrossShrink: true },
      { weight: 12, arbitrary: leaf },
      { weight: 2, arbitrary: fc.record({ kind: fc.constant("do" as const), do: list }) },
      { weight: 4, arbitrary: fc.tuple(strategy, listenOf(list)).map(([to, own]) => ({ ...own, ...to })) },
      {
        weight: 3,
        arbitrary: fc.record({ kind: fc.constant("for" as const), in: items, while: rarely(condition), do: list }).map(compact<Kind>),
      },
      { weight: 4, arbitrary: fc.record({ kind: fc.constant("fork" as const), compete: fc.boolean(), branches: list }) },
      { weight: 6, arbitrary: fc.record({ kind: fc.constant("try" as const), try: list, catch: caught }) },
      {
        weight: 2,
        arbitrary: fc
          .record({ kind: fc.constant("function" as const), with: rarely(written), task: tie("spec") as fc.Arbitrary<Spec> })
          .map(compact<Kind>),
      },
    ),
  };
});

/** Tasks around other tasks, with `exit` among their directives. */
const beside = fc
  .array(fc.record({ task: leaf, then: rarely(fc.constant("exit"), 4) }), { minLength: 1, maxLength: 2 })
  .map((all) => all.map(({ task, then }, i): Spec => ({ name: `t${i}`, task, ...(then !== undefined && { then }) })));
const extension: fc.Arbitrary<ExtensionSpec> = fc
  .record({
    extend: fc.constantFrom("all", "call", "do", "for", "fork", "listen", "set", "switch", "try", "wait"),
    when: often(condition),
    before: often(beside),
    after: often(beside),
  })
  .map(compact<ExtensionSpec>);

const top: fc.Arbitrary<Top> = fc
  .record({
    from: rarely(written),
    as: rarely(written),
    timeoutMs: rarely(fc.integer({ min: 0, max: 10_000 }), 10),
    extensions: rarely(fc.array(extension, { minLength: 1, maxLength: 2 }), 3),
    concurrency: rarely(fc.constant({ key: { constant: "k" }, limit: 1, onConflict: "wait" as const }), 4),
  })
  .map((options) => ({ ...compact<Top>(options), secrets: ["key"] }));

/** Of an extension, the lists are its own. */
function repairedTop(options: Top): Top {
  const lists = (extension: ExtensionSpec): ExtensionSpec => ({
    ...extension,
    ...(extension.before && { before: repaired(extension.before) }),
    ...(extension.after && { after: repaired(extension.after) }),
  });
  return options.extensions === undefined ? options : { ...options, extensions: options.extensions.map(lists) };
}

/** Targets that the compiler would refuse go on instead, and so do those that lead back: a run of this test must end. */
function repaired(list: readonly Spec[]): Spec[] {
  return list.map((spec, at) => repairedSpec(spec, (then) => (/^t\d$/.test(then) && !isAhead(then, at, list) ? "continue" : then)));
}

function isAhead(then: string, at: number, list: readonly Spec[]): boolean {
  return list.findIndex(({ name }) => name === then) > at;
}

/** A task that stands alone, as a branch or a function, has no neighbours. */
function alone(spec: Spec): Spec {
  return repairedSpec(spec, (then) => (/^t\d$/.test(then) ? "continue" : then));
}

function repairedSpec(spec: Spec, target: (then: string) => string): Spec {
  const { compensate, then } = spec;
  const own = { ...(then !== undefined && { then: target(then) }), ...(compensate && { compensate: repaired(compensate) }) };
  return { ...spec, ...own, task: repairedKind(spec.task, target) };
}

function repairedKind(task: Kind, target: (then: string) => string): Kind {
  switch (task.kind) {
    case "do":
    case "for":
      return { ...task, do: repaired(task.do) };
    case "fork":
      return { ...task, branches: task.branches.map(alone) };
    case "switch":
      return { ...task, cases: task.cases.map((one) => ({ ...one, then: target(one.then) })) };
    case "try": {
      const { do: handlers, then, ...rest } = task.catch;
      const caught = { ...rest, ...(handlers && { do: repaired(handlers) }), ...(then !== undefined && { then: target(then) }) };
      return { ...task, try: repaired(task.try), catch: caught };
    }
    case "listen":
      return task.foreach?.do === undefined ? task : { ...task, foreach: { ...task.foreach, do: repaired(task.foreach.do) } };
    case "function":
      return { ...task, task: alone(task.task) };
    default:
      return task;
  }
}

type Restart = "none" | "replay" | "snapshot";

interface Outcome {
  readonly view: RunView;
  readonly commands: readonly unknown[];
}

/** Runs a workflow to its end, or until it has taken many commands; every choice comes from the seed. */
function live(specsOf: readonly Spec[], topOf: Top, seed: number, moves: number, restart: Restart, check: boolean): Outcome {
  const chance = seededRandom(seed);
  const world = new World(buildWorkflow(specsOf, topOf), { secrets: { key: "hidden" }, random: seededRandom(seed + 1), moves });
  let projector = new RunProjector(world.workflow);
  const commands: unknown[] = [];
  const send = (command: Command): void => {
    commands.push(told(command));
    const events = world.sendOnce(command);
    if (command.type === "ForkRun") projector = new RunProjector(world.workflow);
    projector.apply(command.type === "ForkRun" ? world.history() : events, world.workflow);
    if (check) checkState(world, projector);
    world.state = restarted(world, restart);
  };
  send({ type: "StartRun", runId: "run_1", tenant: "t", workflow: { namespace: "test", name: "built", version: "1.0.0" }, input: 1 });
  while (commands.length < maxCommands && world.state) {
    const command = commandFor(world, chance, () => variantOf(world, specsOf, topOf, chance));
    if (command === undefined) break;
    send(command);
  }
  return { view: projectRun(world.workflow, world.history()), commands };
}

function commandFor(world: World, chance: Random, variant: () => Definitions): Command | undefined {
  const fork = chance() < 0.02 ? forkOf(world, chance, variant) : undefined;
  if (fork !== undefined) return fork;
  if (world.state && isFinal(world.state)) return retryOf(world, chance);
  const migration = chance() < 0.03 ? migrationOf(world, variant()) : undefined;
  return migration ?? nextCommand(world, chance);
}

/** Another version: with a task more, in another order, or with a task less; the run knows its former ones. */
function variantOf({ workflow, state }: World, specsOf: readonly Spec[], topOf: Top, chance: Random): Definitions {
  const list = [...specsOf];
  const place = Math.floor(chance() * (list.length + 1));
  if (chance() < 0.8) list.splice(place, 0, { name: `more${place}`, task: { kind: "set", value: { constant: place } } });
  else list.splice(place, 1);
  const version = `1.${Math.floor(chance() * 1e6)}.${state?.steps ?? 0}`;
  const isThere = (then: string): boolean => !/^t\d$/.test(then) || list.some(({ name }) => name === then);
  const whole = list.map((spec) => repairedSpec(spec, (then) => (isThere(then) ? then : "continue")));
  return withFormer({ ...buildWorkflow(whole, topOf), version }, [workflow, ...(workflow.former ?? [])]);
}

/** Refused where something would be lost. */
function migrationOf(world: World, to: Definitions): Command | undefined {
  const command = { type: "MigrateRun", to } as const;
  return world.decide(command).ok ? command : undefined;
}

/** The run goes on as another one, from one of its steps, with its own input or another one, and its own definition or another one. */
function forkOf(world: World, chance: Random, variant: () => Definitions): Command | undefined {
  const { workflow, state } = world;
  const step = 1 + Math.floor(chance() * (state?.steps ?? 0));
  const before = rewindTo(workflow, world.history(), step, chance() < 0.5 ? { forked: step } : undefined);
  if (state === null || before === null) return undefined;
  const then = definitionOf(workflow, before.state.workflow);
  const to = chance() < 0.5 ? variant() : withFormer(then, [workflow, ...(workflow.former ?? [])]);
  const moved = moveStanding(then, before.standing, to);
  if (!moved.ok) return undefined;
  world.rewind(before, to);
  return { type: "ForkRun", runId: `${state.id}-${step}`, from: { runId: state.id, step }, standing: moved.standing };
}

/** A command without the functions of its tasks, to be compared: equal values are equal, whoever shares them. */
function told(command: Command): unknown {
  if (command.type === "MigrateRun") return command.to.version;
  if (!("standing" in command)) return command;
  const { frames, contexts, ...others } = command.standing;
  const shown = { frames: [...frames.values()], contexts: [...contexts], ...others };
  return JSON.stringify(shown, (key, value: { readonly reference?: string }) => (key === "task" ? value.reference : value));
}

/** Half of the runs that fault are retried; the runs that they awaited go on, or not. */
function retryOf(world: World, chance: Random): Command | undefined {
  const { workflow, state, now } = world;
  if (state?.phase !== "faulted" || chance() < 0.5) return undefined;
  const failure = rewindFault(workflow, world.history());
  if (failure.frames.size === 0) return undefined;
  const goOn = new Set(chance() < 0.5 ? failure.awaited : []);
  return { type: "RetryRun", standing: awaitingAgain(failure, goOn, now) };
}

function restarted(world: World, restart: Restart): World["state"] {
  if (world.state === null || restart === "none") return world.state;
  if (restart === "snapshot") return decodeState(world.workflow, encodeState(world.state));
  return replay(world.workflow, null, world.history());
}

function checkState(world: World, projector: RunProjector): void {
  const { workflow, state } = world;
  if (state === null) return;
  expect(replay(workflow, null, world.envelopes.flatMap(decodeEvents))).toEqual(state);
  expect(decodeState(workflow, encodeState(state))).toEqual(state);
  checkWaits(state);
  const outstanding = sorted(outstandingEffects(workflow, state, { ...world.facts, now: world.now + 77 }));
  const pending = sorted(world.pending);
  expect(outstanding.filter((effect) => effect !== goOn)).toEqual(pending.filter((effect) => effect !== goOn));
  // A continuation that was asked for may have become needless; one that is needed must have been asked for.
  if (outstanding.includes(goOn)) expect(pending).toContain(goOn);
  expect(projector.view()).toEqual(projectRun(workflow, world.history()));
}

/** A run that has not ended is owed something by the world, and so is each of its steps. */
function checkWaits(state: RunState): void {
  if (isFinal(state)) return expect(waitsOf(state)).toEqual([]);
  expect(strandedSteps(state)).toEqual([]);
  expect(waitsOf(state)).not.toEqual([]);
}

const goOn = JSON.stringify({ type: "sendCommand", command: { type: "ContinueRun" } });

function sorted(effects: readonly Effect[]): string[] {
  return effects.map((effect) => JSON.stringify(effect)).sort();
}

/** A run that never moves on without the world must be waiting for it. */
function nextCommand(world: World, chance: Random): Command | undefined {
  const roll = chance();
  if (roll < 0.05) return { type: "SuspendRun" };
  if (roll < 0.055) return { type: "CancelRun" };
  if (roll < 0.06) return { type: "TerminateRun" };
  if (roll < 0.08) return { type: "FireTimer", timer: "wait:1" };
  if (roll < 0.1) return { type: "CompleteWork", step: 1, output: "late" };
  const suspended = world.state?.phase === "suspended";
  if (suspended && chance() < 0.4) return { type: "ResumeRun" };
  const [timer] = world.timers();
  const others = world.pending.filter((effect) => effect.type !== "setTimer").map((effect) => JSON.stringify(effect));
  const choices = [...others.sort(), ...(timer ? [JSON.stringify(timer)] : [])];
  const chosen = choices[Math.floor(chance() * choices.length)];
  if (chosen === undefined) return suspended ? { type: "ResumeRun" } : undefined;
  return answerTo(world, JSON.parse(chosen) as Effect, chance);
}

function answerTo(world: World, effect: Effect, chance: Random): Command {
  switch (effect.type) {
    case "setTimer":
      world.now = Math.max(world.now, effect.at);
      return { type: "FireTimer", timer: effect.timer };
    case "performWork":
    case "startRun": {
      world.now += Math.floor(chance() * 1500);
      const output = [1, null, "done", { a: 1 }][Math.floor(chance() * 4)] ?? null;
      if (chance() < 0.8) return { type: "CompleteWork", step: effect.step, output };
      return { type: "FailWork", step: effect.step, fault: { kind: "communication", status: chance() < 0.5 ? 500 : 503, title: "Failed" } };
    }
    case "setSubscription":
      return approvalOf(world, chance) ?? { type: "ReceiveEvent", delivery: 1, event: someEvent(chance) };
    case "claimSlot":
      return chance() < 0.9 ? { type: "AdmitRun" } : { type: "RefuseRun", reason: "It would wait for itself." };
    case "sendCommand":
      return effect.command;
    default:
      throw new Error(`Expected an effect that can be answered, but got ${effect.type}.`);
  }
}

/** Where the run waits for an approval: half of the time somebody gives it. */
function approvalOf({ state }: World, chance: Random): Command | undefined {
  const [approval] = state === null || state.phase === "suspended" ? [] : approvalsOf(state);
  if (approval === undefined || chance() < 0.5) return undefined;
  return { type: "AnswerApproval", step: approval.step, eventId: "evt_1", answer: { approved: true, by: "somebody" } };
}

function someEvent(chance: Random): CloudEvent {
  const type = eventTypes[Math.floor(chance() * eventTypes.length)] ?? "a";
  return {
    specversion: "1.0",
    id: String(chance()),
    source: "/test",
    type,
    subject: chance() < 0.7 ? "x" : "y",
    data: Math.floor(chance() * 9),
  };
}

test("replay equals live after every step, and a restart after every step changes nothing", { timeout: 30_000 + numRuns * 20 }, () => {
  const inputs = fc.tuple(specs.map(repaired), top.map(repairedTop), fc.integer(), fc.constantFrom(1, 2, 5, 1000));
  const property = fc.property(inputs, ([list, topOf, seed, moves]) => {
    const straight = live(list, topOf, seed, moves, "none", true);
    expect(live(list, topOf, seed, moves, "replay", false)).toEqual(straight);
    expect(live(list, topOf, seed, moves, "snapshot", false)).toEqual(straight);
    if (straight.view.endedAt !== null) {
      expect(straight.view.steps.filter((step) => step.endedAt === null)).toEqual([]);
    } else expect(straight.commands.length).toBe(maxCommands);
  });
  fc.assert(property, { numRuns });
});
