// A schedule's `on`: events start runs (dsl.md, "Event-driven scheduling"). Each event that fits goes to the oldest
// gathering that still needs it, or begins one; a gathering that is complete starts a run, whose input is the array of its
// events, read as `schedule.read` says, in the order in which they came.
//
// `one`, and `any` without `until`: every gathering is complete with its first event. `all`: with one event for each
// filter, correlated with each other, so that several orders gather side by side. `any` with `until`: when that is met.
//
// A gathering remembers what its correlations found, not what the rule expects: that may be a secret, and is evaluated again.
import type { Json } from "@baton/core";
import type { EventTrigger, Workflow } from "@baton/dsl";
import type { CloudEvent } from "../cloud-event.ts";
import { consumed, isSatisfied, newConsumption, readEvent, type Consumption, type Match } from "../consumption.ts";
import { isTrue } from "../evaluate.ts";
import { matchEvent, startConsumption } from "../event-matching.ts";
import type { Facts } from "../facts.ts";
import type { Scope } from "../scope.ts";

/** Events that are not yet enough for a run. */
export interface Gathering {
  readonly consumption: Consumption;
  /** What they are read as. */
  readonly items: readonly Json[];
}

/** What an `on` has seen, plain data; the oldest gathering first. */
export type Triggering = readonly Gathering[];

/** What an event did: the gatherings after it, and the input of the run that it starts. */
export interface Triggered {
  readonly gatherings: Triggering;
  readonly input?: readonly Json[];
  /** A gathering that was given up, because there are too many. */
  readonly dropped: boolean;
}

/** Gatherings side by side; beyond it the oldest is given up: what it waits for has probably never been sent. */
export const maxGatherings = 1_000;
/** Events of one gathering; an `until` that is never met does not grow without end. */
export const maxGathered = 10_000;

/** Offers an event; null: it is not meant. */
export function offerEvent(workflow: Workflow, facts: Facts, rule: EventTrigger, before: Triggering, event: CloudEvent): Triggered | null {
  const scope = scopeOf(workflow, facts);
  const fresh = startConsumption(scope, rule.strategy, null);
  for (const [place, gathering] of before.entries()) {
    const match = matchEvent(scope, rule.strategy, expecting(gathering.consumption, fresh), event);
    if (match !== null) return taken(scope, rule, { before, place, gathering }, match, event);
  }
  const match = matchEvent(scope, rule.strategy, fresh, event);
  // What ends a gathering begins none.
  if (match === null || match.by === "until") return null;
  const gathering: Gathering = { consumption: newConsumption(rule.strategy), items: [] };
  return taken(scope, rule, { before, place: before.length, gathering }, match, event);
}

/** A consumption with what the rule expects of every event. */
function expecting(consumption: Consumption, rule: Consumption): Consumption {
  const expected = { ...consumption.expected, ...rule.expected };
  const { until } = consumption;
  return { ...consumption, expected, until: until && { ...until, expected: { ...until.expected, ...rule.until?.expected } } };
}

interface Place {
  readonly before: Triggering;
  readonly place: number;
  readonly gathering: Gathering;
}

function taken(scope: Scope, rule: EventTrigger, { before, place, gathering }: Place, match: Match, event: CloudEvent): Triggered {
  const items = match.by === "to" ? [...gathering.items, readEvent(event, rule.read)] : gathering.items;
  const grown: Gathering = { consumption: consumed(gathering.consumption, match), items };
  const others = before.filter((_, index) => index !== place);
  if (isComplete(scope, rule, grown)) return { gatherings: others, input: items, dropped: false };
  if (items.length > maxGathered) return { gatherings: others, dropped: true };
  const all = place >= before.length ? [...before, grown] : before.with(place, grown);
  return all.length > maxGatherings ? { gatherings: all.slice(1), dropped: true } : { gatherings: all, dropped: false };
}

function isComplete(scope: Scope, { strategy }: EventTrigger, { consumption, items }: Gathering): boolean {
  if (isSatisfied(strategy, consumption)) return true;
  return strategy.until?.kind === "condition" && isTrue(scope, strategy.until.condition, [...items]);
}

/** There is no run yet: nothing but secrets, the workflow and the runtime can be read. */
function scopeOf(workflow: Workflow, facts: Facts): Scope {
  const run = { id: "", raw: null, startedAt: facts.now, depth: 0 };
  return {
    workflow,
    run,
    facts,
    now: facts.now,
    instance: "/schedule/on",
    context: null,
    input: null,
    output: null,
    variables: [],
    task: null,
  };
}

/** What the index of events must let through before anything has been gathered; interestsOf says the same of a gathering. */
export function freshConsumption(workflow: Workflow, facts: Facts, { strategy }: EventTrigger): Consumption {
  return startConsumption(scopeOf(workflow, facts), strategy, null);
}
