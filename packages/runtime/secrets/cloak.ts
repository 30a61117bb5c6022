// Keeps secrets out of what is stored and shown. Data that holds a secret is needed as it is to go on with a run, and must
// not be read by anybody else. So an envelope with a secret in it is stored twice in one: with the secret hidden, for everyone who
// looks, and whole but encrypted (`"s"`), for the run itself. A snapshot with a secret in it is encrypted.
//
// | run | secrets that are looked for |
// |---|---|
// | its workflow has `use.secrets`, or one that it had before | those |
// | another run started it | all of the tenant: its input may hold what its parent was given |
// | any other | none, at no cost |
//
// Events that the run emits, and the attributes that it is found by, go out with the secrets hidden.
import { isArray, isObject, type Json } from "@baton/core";
import type { Workflow } from "@baton/dsl";
import { decodeEvents, type Decided, type Definitions, type Effect, type RunState } from "@baton/engine";
import type { Attributes, Commit, EventChanges, Subscription } from "@baton/storage";
import { hideInJson, hideInText, mayHold, needlesOf, type Needles } from "./needles.ts";
import type { Secrets } from "./secrets.ts";

const none: readonly Workflow[] = [];
const sealedPrefix = "sealed:";

/** Hides and reveals. */
export class Cloak {
  readonly #secrets: Secrets;
  /** By the very values: they are the same objects as long as nothing has changed. */
  readonly #needles = new Map<string, { readonly values: readonly Json[]; readonly needles: Needles }>();

  constructor(secrets: Secrets) {
    this.#secrets = secrets;
  }

  /** The commit and the decision as they may be stored and shown; both as they are where they hold no secret. */
  hide(workflow: Definitions, decided: Decided, commit: Commit): { readonly commit: Commit; readonly decided: Decided } {
    const needles = this.#needlesFor(workflow, decided.state);
    if (needles === undefined || needles.texts.length === 0) return { commit, decided };
    const envelopes = commit.envelopes.map((envelope) => this.#hideEnvelope(needles, envelope, commit.runId));
    const snapshot = commit.snapshot === undefined ? {} : { snapshot: this.#hideSnapshot(needles, commit.snapshot, commit.runId) };
    const attributes = commit.attributes && { attributes: hideInJson(needles, commit.attributes) as Attributes };
    const events = commit.events && { events: commit.events.map((changes) => hideKeys(needles, changes)) };
    const effects = hideInEffects(needles, decided.effects);
    const same = envelopes.every((envelope, i) => envelope === commit.envelopes[i]) && effects === decided.effects;
    return {
      commit: { ...commit, ...snapshot, ...attributes, ...events, envelopes },
      decided: same ? decided : { ...decided, effects, events: envelopes.slice(-1).flatMap(decodeEvents) },
    };
  }

  /** The envelope as it was decided. */
  reveal(envelope: string, runId: string): string {
    // What holds no secret ends with its list of events.
    if (envelope.endsWith("]}")) return envelope;
    const parsed = JSON.parse(envelope) as Json;
    const sealed = isObject(parsed) ? parsed["s"] : undefined;
    return typeof sealed === "string" ? this.#secrets.unseal(sealed, runId) : envelope;
  }

  /** The snapshot as it was written. */
  revealSnapshot(snapshot: string, runId: string): string {
    return snapshot.startsWith(sealedPrefix) ? this.#secrets.unseal(snapshot.slice(sealedPrefix.length), runId) : snapshot;
  }

  /** A text for people, without any secret of the tenant. */
  hideText(tenant: string, text: string): string {
    return hideInText(this.#prepared(`all\n${tenant}`, this.#secrets.allTraces(tenant)), text);
  }

  #needlesFor(workflow: Definitions, { tenant, depth }: RunState): Needles | undefined {
    if (depth > 0) return this.#prepared(`all\n${tenant}`, this.#secrets.allTraces(tenant));
    const { namespace, name, version, secrets, former = none } = workflow;
    if (secrets.length === 0 && former.every((one) => one.secrets.length === 0)) return undefined;
    const values = [workflow, ...former].flatMap((one) =>
      one.secrets.flatMap((secret) => this.#secrets.traces(tenant, one.namespace, secret)),
    );
    return this.#prepared([tenant, namespace, name, version].join("\n"), values);
  }

  #prepared(key: string, values: readonly Json[]): Needles {
    const known = this.#needles.get(key);
    if (known?.values.length === values.length && known.values.every((value, i) => value === values[i])) return known.needles;
    const needles = needlesOf(values);
    if (this.#needles.size >= maxPrepared) this.#needles.clear();
    this.#needles.set(key, { values, needles });
    return needles;
  }

  #hideEnvelope(needles: Needles, envelope: string, runId: string): string {
    if (!mayHold(needles, envelope)) return envelope;
    const whole = JSON.parse(envelope) as Json;
    if (!isObject(whole)) return envelope;
    const shown = { ...whole, e: hideInEvents(needles, whole["e"] ?? []) };
    return JSON.stringify({ ...shown, s: this.#secrets.seal(envelope, runId) });
  }

  #hideSnapshot(needles: Needles, snapshot: string, runId: string): string {
    return mayHold(needles, snapshot) ? sealedPrefix + this.#secrets.seal(snapshot, runId) : snapshot;
  }
}

/** Events that a flow emits are for everyone who listens; they are stored and sent without secrets. */
function hideInEffects(needles: Needles, effects: readonly Effect[]): readonly Effect[] {
  const shown = (effect: Effect): Effect => {
    if (effect.type !== "publishEvent" || !mayHold(needles, JSON.stringify(effect.event))) return effect;
    return { ...effect, event: hideInJson(needles, effect.event) as unknown as typeof effect.event };
  };
  return effects.some(({ type }) => type === "publishEvent") ? effects.map(shown) : effects;
}

/** Whoever waits with a secret is offered more events than with a key; the filter decides on each. */
function hideKeys(needles: Needles, changes: EventChanges): EventChanges {
  const shown = (one: Subscription): Subscription =>
    one.key !== null && mayHold(needles, JSON.stringify(one.key.value)) ? { ...one, key: null } : one;
  return changes.set ? { ...changes, set: changes.set.map(shown) } : changes;
}

const maxPrepared = 2000;

/** The numbers that stand in an event itself are its own, such as a step's; those further inside are data. */
function hideInEvents(needles: Needles, events: Json): Json {
  const inEvent = (field: Json): Json => (typeof field === "number" ? field : hideInJson(needles, field));
  return isArray(events) ? events.map((event) => (isArray(event) ? event.map(inEvent) : event)) : events;
}
