// What a decision costs: the engine alone, in one thread, without store and executors.
// The figures are microseconds per decision, the best of several rounds.
import { seededRandom } from "@baton/core";
import { compileWorkflow, type Workflow } from "@baton/dsl";
import {
  decide,
  decodeEvents,
  encodeEvents,
  encodeState,
  replay,
  type Command,
  type Effect,
  type Facts,
  type RunState,
} from "@baton/engine";

const facts: Facts = {
  now: Date.UTC(2026, 0, 1),
  random: seededRandom(1),
  runtime: { name: "baton", version: "bench", metadata: {} },
  secret: () => undefined,
};

function flow(tasks: readonly string[]): Workflow {
  const head = "document: { dsl: 1.0.3, namespace: bench, name: bench, version: 1.0.0 }\ndo:\n";
  const result = compileWorkflow(head + tasks.map((task, i) => `  - t${i}: ${task}\n`).join(""));
  if (!result.ok) throw new Error(result.diagnostics.map(({ message }) => message).join("\n"));
  return result.workflow;
}

/** Runs a workflow to its end, every call answered at once; gives the number of decisions and their envelopes. */
function runOnce(workflow: Workflow): readonly string[] {
  let state: RunState | null = null;
  const envelopes: string[] = [];
  let command: Command | undefined = { type: "StartRun", runId: "run_1", tenant: "bench", workflow, input: { price: 3, name: "tea" } };
  while (command !== undefined) {
    const decision = decide(workflow, state, command, facts);
    if (!decision.ok) throw new Error(decision.rejected.reason);
    state = decision.state;
    envelopes.push(encodeEvents(decision.events));
    command = answerTo(decision.effects);
  }
  if (state?.phase !== "completed") throw new Error(`the run is ${state?.phase}`);
  return envelopes;
}

/** What the world says to the effects: work is done at once, a decision at its bound goes on. */
function answerTo(effects: readonly Effect[]): Command | undefined {
  for (const effect of effects) {
    if (effect.type === "performWork") return { type: "CompleteWork", step: effect.step, output: null };
    if (effect.type === "sendCommand") return effect.command;
  }
  return undefined;
}

const rounds = 7;

/** The best of several rounds, in microseconds per item. */
function measure(items: number, work: () => unknown): number {
  const times = Array.from({ length: rounds }, () => {
    const repeats = Math.max(1, Math.ceil(20_000 / items));
    const started = performance.now();
    for (let i = 0; i < repeats; i++) work();
    return ((performance.now() - started) * 1000) / (repeats * items);
  });
  return Math.min(...times);
}

function report(name: string, microseconds: number, more = ""): void {
  console.log(`${name.padEnd(58)} ${microseconds.toFixed(2).padStart(8)} µs  ${more}`);
}

const plainCall = "{ call: http, with: { method: get, endpoint: https://service.test/ } }";
const callWithData = `{ call: http,
      with: { method: post, endpoint: "https://service.test/{name}", body: { total: "\${ .price * 2 }" } }, output: { as: $input } }`;
const setTask = '{ set: { price: "${ .price + 1 }", name: "${ .name }" } }';

function repeated(task: string, times = 100): Workflow {
  return flow(Array.from({ length: times }, () => task));
}

/** Runs all measurements and prints a line for each. */
export function benchDecide(): void {
  const calls = repeated(plainCall);
  const envelopes = runOnce(calls);
  const bytes = Math.round(envelopes.reduce((sum, text) => sum + text.length, 0) / envelopes.length);
  report(
    "complete a call, start the next (decide and encode)",
    measure(101, () => runOnce(calls)),
    `${bytes} bytes of envelope`,
  );
  const withData = repeated(callWithData);
  report(
    "the same with a template, a body and an output",
    measure(101, () => runOnce(withData)),
  );
  const sets = repeated(setTask);
  report(
    "a pure step (set with two expressions)",
    measure(100, () => runOnce(sets)),
  );
  report(
    "replay of an envelope (decode and evolve)",
    measure(101, () => replay(calls, null, envelopes.flatMap(decodeEvents))),
  );
  const state = replay(calls, null, envelopes.slice(0, 50).flatMap(decodeEvents));
  report(
    "a snapshot",
    measure(1, () => encodeState(state)),
    `${encodeState(state).length} bytes`,
  );
  const start: Command = { type: "StartRun", runId: "run_1", tenant: "bench", workflow: calls, input: {} };
  report(
    "the start of a run",
    measure(1, () => decide(calls, null, start, facts)),
  );
}

if (import.meta.main) benchDecide();
