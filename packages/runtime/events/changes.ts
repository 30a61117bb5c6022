// From the effects of a decision to what the store keeps of them: who waits for which events, and what is published.
import type { Effect, EventInterest } from "@baton/engine";
import type { EventChanges, SettledEvent, Subscription } from "@baton/storage";

/** What a decision changes of what its run waits for; undefined: nothing. */
export function eventChanges(consumer: string, effects: readonly Effect[]): EventChanges | undefined {
  let names: Map<string, EventInterest | null> | undefined;
  let settle: SettledEvent[] | undefined;
  for (const effect of effects) {
    // The last word on each name counts.
    if (effect.type === "setSubscription") (names ??= new Map()).set(effect.subscription, effect.interest);
    else if (effect.type === "clearSubscription") (names ??= new Map()).set(effect.subscription, null);
    else if (effect.type === "settleEvent") (settle ??= []).push({ event: effect.delivery, consumed: effect.consumed });
  }
  if (!names && !settle) return undefined;
  return { consumer, ...(settle && { settle }), ...(names && interestChanges(names)) };
}

function interestChanges(names: ReadonlyMap<string, EventInterest | null>): Pick<EventChanges, "clear" | "set"> {
  const clear: string[] = [];
  const set: Subscription[] = [];
  for (const [name, interest] of names) {
    if (interest === null) clear.push(name);
    else set.push({ name, ...interest, early: true });
  }
  return { ...(clear.length > 0 && { clear }), ...(set.length > 0 && { set }) };
}

/** The events that a decision publishes, as they are stored; undefined: none. */
export function publishedBy(effects: readonly Effect[]): readonly string[] | undefined {
  let published: string[] | undefined;
  for (const effect of effects) if (effect.type === "publishEvent") (published ??= []).push(JSON.stringify(effect.event));
  return published;
}
