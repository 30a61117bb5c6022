// A decision about how many there are to be: the formula, then the windows that keep it from going to and fro.
import type { Instant } from "@baton/core";
import { combined, isTolerated, wishesOf } from "./desired.ts";
import type { HoldReason, Reading, Recommendation, ScaleDecision, ScaleRule, Wish } from "./types.ts";

/** Where things stand. */
export interface ScaleFacts {
  readonly current: number;
  readonly readings: readonly Reading[];
  /** Of the decision before. */
  readonly history: readonly Recommendation[];
}

/** How many there are to be from now on. */
export function decideScale(rule: ScaleRule, { current, readings, history: before }: ScaleFacts, now: Instant): ScaleDecision {
  const wishes = wishesOf(rule, current, readings);
  const wanted = combined(rule, current, wishes);
  const longest = Math.max(rule.upWindowMs, rule.downWindowMs);
  // What there is counts as the first recommendation, so that a start does not scale down at once.
  const earlier = before.length === 0 ? [{ at: now - 1, wanted: current }] : before.filter(({ at }) => at > now - longest);
  const history = [...earlier, { at: now, wanted }];
  const desired = stabilised(rule, current, history, now);
  const why = reasonOf(rule, { current, wanted, desired }, wishes);
  return { desired, wanted: largestWish(wishes), held: holdOf({ current, wanted, desired }, wishes), wishes, history, why };
}

function largestWish(wishes: readonly Wish[]): number | null {
  const known = wishes.flatMap((wish) => wish.wanted ?? []);
  return known.length === 0 ? null : Math.max(...known);
}

/** What keeps the largest wish from being what is done; the window before the bounds, since it goes by what they leave. */
function holdOf({ current, wanted, desired }: Numbers, wishes: readonly Wish[]): HoldReason | null {
  const largest = largestWish(wishes);
  if (wanted !== desired) return "stabilisation";
  if (largest === null || (largest < desired && desired === current && wishes.some((wish) => wish.wanted === null))) return "unknown";
  if (largest !== desired) return largest > desired ? "max" : "min";
  return desired === current && wishes.some((wish) => isTolerated(wish, current)) ? "tolerance" : null;
}

/** Up to the least that was recommended within the one window, down to the most within the other. */
function stabilised(rule: ScaleRule, current: number, history: readonly Recommendation[], now: Instant): number {
  const within = (windowMs: number): number[] => history.filter(({ at }) => at >= now - windowMs).map(({ wanted }) => wanted);
  const up = Math.min(...within(rule.upWindowMs));
  const down = Math.max(...within(rule.downWindowMs));
  const held = current < up ? up : current > down ? down : current;
  return Math.min(rule.max, Math.max(rule.min, held));
}

interface Numbers {
  readonly current: number;
  readonly wanted: number;
  readonly desired: number;
}

function reasonOf({ min, max }: ScaleRule, { current, wanted, desired }: Numbers, wishes: readonly Wish[]): string {
  const course = desired === current ? `stays at ${current}` : `goes from ${current} to ${desired}`;
  const known = wishes.flatMap((wish) => wish.wanted ?? []);
  const measured = wishes.length === 0 ? ["nothing is measured"] : wishes.map(tellWish);
  const held = wanted === desired ? [] : [`it waits whether ${wanted} lasts`];
  const most = desired === max && known.some((each) => each > max) ? [`${max} is the most`] : [];
  const least = desired === min && known.length > 0 && known.every((each) => each < min) ? [`${min} is the least`] : [];
  return `${course}: ${[...measured, ...held, ...most, ...least].join("; ")}`;
}

function tellWish({ reading: { name, value, target }, wanted }: Wish): string {
  if (value === null) return `${name} is not known, so nothing is scaled down`;
  const measured = `${name} is ${shown(value)} for a target of ${shown(target)}`;
  return wanted === null ? `${measured}, of which none has a part yet` : `${measured}, which wants ${wanted}`;
}

function shown(value: number): string {
  return String(Math.round(value * 1000) / 1000);
}
