// Runs a document to its end with the engine and the compiler alone: calls are answered by the test, timers fire when
// nothing else is left to do, and time stands still but for them. Events come one by one, each when the run has nothing else
// to do than to listen.
import { seededRandom, type Instant, type Json, type JsonObject } from "@baton/core";
import { compileWorkflow, type Workflow } from "@baton/dsl";
import {
  decide,
  isFinal,
  lifecycleOf,
  projectRun,
  type CloudEvent,
  type Command,
  type Effect,
  type LifecycleEvent,
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
  /** Events in the order of their coming; what an event lacks is given. */
  readonly events?: readonly JsonObject[];
  /** A command that is sent before the first answer. */
  readonly meanwhile?: readonly Command[];
}

/** What became of a flow. */
export interface Outcome {
  readonly run: RunView;
  /** All work that was asked for, in order. */
  readonly asked: readonly Work[];
  /** Milliseconds that passed. */
  readonly elapsed: number;
  /** All events that were published, in order. */
  readonly published: readonly CloudEvent[];
  readonly lifecycle: readonly LifecycleEvent[];
}

export const beginning: Instant = Date.UTC(2026, 0, 1);
const mostCommands = 10_000;

/** A document without a head gets one. */
export function headed(text: string): string {
  return /^(?:document:|\{)/m.test(text) ? text : `document: { dsl: 1.0.3, namespace: test, name: conformance, version: 1.0.0 }\n${text}`;
}

/** Compiles a document; one without a head gets one. */
export function compiled(text: string): Workflow {
  const result = compileWorkflow(headed(text));
  if (!result.ok) throw new Error(result.diagnostics.map(({ message, start }) => `line ${start.line}: ${message}`).join("\n"));
  return result.workflow;
}

/** Runs a document to its end, or until it waits for what never comes. */
export function runFlow(text: string, world: World = {}): Outcome {
  const flow = new FlowRun(compiled(text), world);
  flow.send({ type: "StartRun", runId: "run_1", tenant: "t", workflow: flow.workflow, input: world.input ?? {} });
  for (const command of world.meanwhile ?? []) flow.send(command);
  for (let sent = 0; sent < mostCommands; sent++) {
    const command = flow.next();
    if (command === undefined) return flow.outcome();
    flow.send(command);
  }
  throw new Error(`the flow is not done after ${mostCommands} commands`);
}

type Subscription = Extract<Effect, { type: "setSubscription" }>;

class FlowRun {
  readonly workflow: Workflow;
  readonly #world: World;
  readonly #events: WorkflowEvent[] = [];
  readonly #asked: Work[] = [];
  readonly #published: CloudEvent[] = [];
  readonly #lifecycle: LifecycleEvent[] = [];
  readonly #random = seededRandom(1);
  #now = beginning;
  #state: RunState | null = null;
  #pending: Effect[] = [];
  #delivered = 0;

  constructor(workflow: Workflow, world: World) {
    this.workflow = workflow;
    this.#world = world;
  }

  send(command: Command): void {
    const facts = {
      now: this.#now,
      random: this.#random,
      runtime: { name: "baton", version: "test", metadata: {} },
      secret: (name: string) => this.#world.secrets?.[name],
    };
    const decision = decide(this.workflow, this.#state, command, facts);
    if (!decision.ok) throw new Error(decision.rejected.reason);
    this.#lifecycle.push(...lifecycleOf(this.workflow, this.#state, decision.events, () => "https://runs.test/output"));
    this.#state = decision.state;
    this.#events.push(...decision.events);
    this.#pending = settle(this.#pending, decision.effects);
    for (const effect of decision.effects) {
      if (effect.type === "performWork") this.#asked.push(effect.work);
      if (effect.type === "publishEvent") this.#published.push(effect.event);
    }
  }

  /** What happens next: work first, in the order of asking; then the next event, where the run listens; then the earliest timer. */
  next(): Command | undefined {
    if (this.#state === null || isFinal(this.#state)) return undefined;
    const work = this.#pending.find(({ type }) => type !== "setTimer" && type !== "setSubscription");
    if (work !== undefined) return this.#reply(work);
    return this.#nextEvent() ?? this.#nextTimer();
  }

  outcome(): Outcome {
    return {
      run: projectRun(this.workflow, this.#events),
      asked: this.#asked,
      elapsed: this.#now - beginning,
      published: this.#published,
      lifecycle: this.#lifecycle,
    };
  }

  #reply(effect: Effect): Command {
    this.#pending = this.#pending.filter((other) => other !== effect);
    return replyTo(effect, this.#world, this.#asked);
  }

  #nextEvent(): Command | undefined {
    const event = this.#pending.some((effect): effect is Subscription => effect.type === "setSubscription")
      ? this.#world.events?.[this.#delivered]
      : undefined;
    if (event === undefined) return undefined;
    const delivery = ++this.#delivered;
    return { type: "ReceiveEvent", delivery, event: { specversion: "1.0", id: `e${delivery}`, source: "/test", type: "t", ...event } };
  }

  #nextTimer(): Command | undefined {
    const timers = this.#pending.filter((effect) => effect.type === "setTimer").sort((a, b) => a.at - b.at);
    const [timer] = timers;
    if (timer === undefined) return undefined;
    this.#now = Math.max(this.#now, timer.at);
    return this.#reply(timer);
  }
}

const passing: ReadonlySet<Effect["type"]> = new Set([
  "clearTimer",
  "abortWork",
  "cancelRun",
  "clearSubscription",
  "settleEvent",
  "publishEvent",
  "setAttributes",
]);

/** What is still to be answered: what stops something takes that away. */
function settle(pending: readonly Effect[], effects: readonly Effect[]): Effect[] {
  const left = [...pending];
  for (const effect of effects) {
    for (let i = left.length - 1; i >= 0; i--) if (stopsEffect(effect, left[i] as Effect)) left.splice(i, 1);
    if (!passing.has(effect.type)) left.push(effect);
  }
  return left;
}

function stopsEffect(stop: Effect, effect: Effect): boolean {
  if (stop.type === "clearTimer") return effect.type === "setTimer" && effect.timer === stop.timer;
  if (stop.type === "abortWork") return effect.type === "performWork" && effect.step === stop.step;
  if (stop.type === "clearSubscription" || stop.type === "setSubscription")
    return effect.type === "setSubscription" && effect.subscription === stop.subscription;
  return stop.type === "cancelRun" && effect.type === "startRun" && effect.runId === stop.runId;
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
