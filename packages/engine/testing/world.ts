// The world around one run, for tests: a clock that stands still until it is told, chance from a seed, and the effects
// that were asked for and not yet answered. Every decision's events go through their encoded form, as in a store.
import { assert, seededRandom, type Instant, type Json, type Random } from "@baton/core";
import {
  decide,
  decodeEvents,
  encodeEvents,
  firstOf,
  migratedTo,
  outstandingEffects,
  type Before,
  type Command,
  type Decision,
  type Definitions,
  type Effect,
  type Facts,
  type RunState,
  type WorkflowEvent,
} from "../index.ts";

/** When a world begins. */
export const beginning: Instant = Date.UTC(2026, 0, 1);

/** What a world may be given. */
export interface WorldOptions {
  readonly secrets?: { readonly [name: string]: Json };
  readonly random?: Random;
  readonly moves?: number;
}

/** Drives one run by hand. */
export class World {
  workflow: Definitions;
  envelopes: string[] = [];
  readonly #options: WorldOptions;
  readonly #random: Random;
  now: Instant = beginning;
  state: RunState | null = null;
  /** Asked for and not yet answered. */
  pending: Effect[] = [];
  /** All that the latest `send` led to. */
  effects: Effect[] = [];

  constructor(workflow: Definitions, options: WorldOptions = {}) {
    this.workflow = workflow;
    this.#options = options;
    this.#random = options.random ?? seededRandom(1);
  }

  get facts(): Facts {
    const { secrets = {}, moves } = this.#options;
    return {
      now: this.now,
      random: this.#random,
      runtime: { name: "baton", version: "test", metadata: {} },
      secret: (name) => secrets[name],
      ...(moves !== undefined && { moves }),
    };
  }

  /** Sends a command, and continues the run as often as it asks for it. */
  send(command: Command): readonly WorkflowEvent[] {
    this.effects = [];
    const events = [...this.sendOnce(command)];
    for (let next = this.#takeCommand(); next !== undefined; next = this.#takeCommand()) events.push(...this.sendOnce(next));
    return events;
  }

  /** Sends a command, and leaves what the run asks for as it is. */
  sendOnce(command: Command): readonly WorkflowEvent[] {
    const decision = this.decide(command);
    assert(decision.ok, `Expected ${command.type} to be accepted, but it was refused.`);
    if (command.type === "MigrateRun") this.workflow = migratedTo(this.workflow, command.to);
    this.state = decision.state;
    if (decision.events.length > 0) this.envelopes.push(encodeEvents(decision.events));
    this.#settle(command);
    this.effects.push(...decision.effects);
    for (const effect of decision.effects) this.#follow(effect);
    this.#dropNeedless(decision.state);
    if (command.type === "MigrateRun") this.#askAnew(decision.state);
    return decision.events;
  }

  decide(command: Command): Decision {
    return decide(this.workflow, this.state, command, this.facts);
  }

  /** The run is another one from here on: one that is to begin where this one stood. */
  rewind({ state, events }: Before, workflow: Definitions): void {
    this.workflow = workflow;
    this.state = state;
    this.envelopes = firstOf(this.envelopes, events);
    this.pending = [];
  }

  /** All events so far, read back from the envelopes. */
  history(): WorkflowEvent[] {
    return this.envelopes.flatMap(decodeEvents);
  }

  /** The timers that are set, earliest first. */
  timers(): Extract<Effect, { type: "setTimer" }>[] {
    return this.pending.filter((effect) => effect.type === "setTimer").sort((a, b) => a.at - b.at || (a.timer < b.timer ? -1 : 1));
  }

  #takeCommand(): Command | undefined {
    const index = this.pending.findIndex((effect) => effect.type === "sendCommand");
    const [effect] = index < 0 ? [] : this.pending.splice(index, 1);
    return effect?.type === "sendCommand" ? effect.command : undefined;
  }

  /** What a command answers is no longer pending. */
  #settle(command: Command): void {
    if (command.type === "CompleteWork" || command.type === "FailWork") {
      this.#drop((effect) => (effect.type === "performWork" || effect.type === "startRun") && effect.step === command.step);
    }
    if (command.type === "AdmitRun" || command.type === "RefuseRun") this.#drop((effect) => effect.type === "claimSlot");
    if (command.type === "ContinueRun") this.#drop((effect) => effect.type === "sendCommand" && effect.command.type === "ContinueRun");
  }

  #follow(effect: Effect): void {
    if (effect.type === "clearTimer") this.#drop((other) => other.type === "setTimer" && other.timer === effect.timer);
    else if (effect.type === "abortWork") this.#drop((other) => other.type === "performWork" && other.step === effect.step);
    else if (effect.type === "cancelRun") this.#drop((other) => other.type === "startRun" && other.runId === effect.runId);
    else if (effect.type === "clearSubscription") this.#unsubscribe(effect.subscription);
    else if (effect.type === "setSubscription") {
      this.#unsubscribe(effect.subscription);
      this.pending.push(effect);
    } else if (effect.type === "releaseSlot") this.#drop((other) => other.type === "claimSlot");
    else if (effect.type !== "settleEvent" && effect.type !== "publishEvent") this.pending.push(effect);
  }

  /** What was asked for stays under way; after a restart the new definition words it. */
  #askAnew(state: RunState): void {
    const asked = outstandingEffects(this.workflow, state, this.facts);
    this.pending = this.pending.map(
      (old) => asked.find((now) => now.type === old.type && "step" in now && "step" in old && now.step === old.step) ?? old,
    );
  }

  /** A request that could not be made is answered in the world's place, unless its step is no longer under way. */
  #dropNeedless({ frames, deferred }: RunState): void {
    const isAnswered = (step: number): boolean => !frames.has(step) || deferred.some((answer) => "step" in answer && answer.step === step);
    this.#drop((effect) => effect.type === "sendCommand" && effect.command.type === "FailWork" && isAnswered(effect.command.step));
  }

  #unsubscribe(subscription: string): void {
    this.#drop((other) => other.type === "setSubscription" && other.subscription === subscription);
  }

  #drop(isIt: (effect: Effect) => boolean): void {
    this.pending = this.pending.filter((effect) => !isIt(effect));
  }
}
