// Runs a document to its end with the engine and the compiler alone: calls are answered by the test, timers fire when
// nothing else is left to do, and time stands still but for them.
import { seededRandom, type Instant, type Json, type JsonObject } from "@baton/core";
import { compileWorkflow, type Workflow } from "@baton/dsl";
import {
  decide,
  isFinal,
  projectRun,
  type Command,
  type Effect,
  type RunState,
  type RunView,
  type Work,
  type WorkFault,
  type WorkflowEvent,
} from "@baton/engine";

/** How the world answers one piece of work, or a sub-flow's input. */
export type Answer = { readonly output: Json } | { readonly fault: WorkFault };

/** The world around a flow. */
export interface World {
  readonly input?: Json;
  readonly work?: (work: Work, number: number) => Answer;
  readonly subflow?: (input: Json) => Answer;
  readonly secrets?: JsonObject;
}

/** What became of a flow. */
export interface Outcome {
  readonly run: RunView;
  /** All work that was asked for, in order. */
  readonly asked: readonly Work[];
  /** Milliseconds that passed. */
  readonly elapsed: number;
}

const beginning: Instant = Date.UTC(2026, 0, 1);
const mostCommands = 10_000;

/** Compiles a document; one without a head gets one. */
export function compiled(text: string): Workflow {
  const head = /^document:/m.test(text) ? "" : "document: { dsl: 1.0.3, namespace: test, name: conformance, version: 1.0.0 }\n";
  const result = compileWorkflow(head + text);
  if (!result.ok) throw new Error(result.diagnostics.map(({ message, start }) => `line ${start.line}: ${message}`).join("\n"));
  return result.workflow;
}

/** Runs a document to its end. */
export function runFlow(text: string, world: World = {}): Outcome {
  const workflow = compiled(text);
  const events: WorkflowEvent[] = [];
  const asked: Work[] = [];
  const random = seededRandom(1);
  let now = beginning;
  let state: RunState | null = null;
  let pending: Effect[] = [];
  let command: Command | undefined = { type: "StartRun", runId: "run_1", tenant: "t", workflow, input: world.input ?? {} };
  for (let sent = 0; command !== undefined && sent < mostCommands; sent++) {
    const runtime = { name: "baton", version: "test", metadata: {} };
    const decision = decide(workflow, state, command, { now, random, runtime, secret: (name) => world.secrets?.[name] });
    if (!decision.ok) throw new Error(decision.rejected.reason);
    state = decision.state;
    events.push(...decision.events);
    pending = settle(pending, decision.effects);
    asked.push(...decision.effects.flatMap((effect) => (effect.type === "performWork" ? [effect.work] : [])));
    const next: Effect | undefined = isFinal(state) ? undefined : nextOf(pending);
    if (next?.type === "setTimer") now = Math.max(now, next.at);
    pending = pending.filter((effect) => effect !== next);
    command = next && replyTo(next, world, asked);
  }
  return { run: projectRun(workflow, events), asked, elapsed: now - beginning };
}

function settle(pending: readonly Effect[], effects: readonly Effect[]): Effect[] {
  const stops = effects.filter(({ type }) => type === "clearTimer" || type === "abortWork" || type === "cancelRun");
  const isStopped = (effect: Effect): boolean => stops.some((stop) => stopsEffect(stop, effect));
  return [...pending.filter((effect) => !isStopped(effect)), ...effects.filter((effect) => !stops.includes(effect))];
}

function stopsEffect(stop: Effect, effect: Effect): boolean {
  if (stop.type === "clearTimer") return effect.type === "setTimer" && effect.timer === stop.timer;
  if (stop.type === "abortWork") return effect.type === "performWork" && effect.step === stop.step;
  return stop.type === "cancelRun" && effect.type === "startRun" && effect.runId === stop.runId;
}

/** Work first, in the order of asking; then the earliest timer. */
function nextOf(pending: readonly Effect[]): Effect | undefined {
  const work = pending.find(({ type }) => type !== "setTimer");
  const timers = pending.filter((effect) => effect.type === "setTimer");
  return work ?? timers.sort((a, b) => a.at - b.at)[0];
}

function replyTo(effect: Effect, world: World, asked: readonly Work[]): Command {
  switch (effect.type) {
    case "setTimer":
      return { type: "FireTimer", timer: effect.timer };
    case "performWork":
      return commandOf(effect.step, world.work?.(effect.work, asked.indexOf(effect.work)) ?? { output: null });
    case "startRun":
      return commandOf(effect.step, world.subflow?.(effect.input) ?? { output: null });
    case "sendCommand":
      return effect.command;
    default:
      throw new Error(`Expected an effect that wants an answer, but got ${effect.type}.`);
  }
}

function commandOf(step: number, answer: Answer): Command {
  return "fault" in answer ? { type: "FailWork", step, fault: answer.fault } : { type: "CompleteWork", step, output: answer.output };
}

/** A fault of communication with that status. */
export function failed(status: number): Answer {
  return { fault: { kind: "communication", status, title: "Failed" } };
}
