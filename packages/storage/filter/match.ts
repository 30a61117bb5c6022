// What a filter means: whether a run fits it. The store in memory asks this for every run; other stores translate.
import type { RunSummary } from "../port.ts";
import { notYet, type AttributeValue, type Comparison, type Operator, type RunFilter, type RunOrder } from "./filter.ts";

/** What a run is matched by. */
export interface Matchable {
  readonly summary: RunSummary;
  readonly attributes: ReadonlyMap<string, AttributeValue>;
  /** Of its flow's version. */
  readonly tags: { readonly [name: string]: string };
}

/** Whether a run fits a filter. */
export function matches(filter: RunFilter, run: Matchable): boolean {
  switch (filter.kind) {
    case "and":
      return filter.parts.every((part) => matches(part, run));
    case "or":
      return filter.parts.some((part) => matches(part, run));
    case "not":
      return !matches(filter.part, run);
    default:
      return fits(filter, run);
  }
}

function fits(comparison: Comparison, { summary, attributes, tags }: Matchable): boolean {
  switch (comparison.kind) {
    case "text":
      return compareText(comparison, summary[comparison.column]);
    case "time": {
      const value = summary[comparison.column];
      return value !== null && holds(comparison.operator, value - comparison.value);
    }
    case "duration":
      return holds(comparison.operator, (summary.endedAt ?? comparison.now) - summary.startedAt - comparison.value);
    case "tag":
      return compareText(comparison, Object.hasOwn(tags, comparison.name) ? (tags[comparison.name] ?? null) : null);
    case "attribute":
      return compareAttribute(comparison, attributes.get(comparison.name));
    case "has":
      if (comparison.of === "column") return summary[comparison.column] !== null;
      return comparison.of === "tag" ? Object.hasOwn(tags, comparison.name) : attributes.has(comparison.name);
  }
}

function compareAttribute(
  { operator, value, pattern }: Extract<Comparison, { kind: "attribute" }>,
  found: AttributeValue | undefined,
): boolean {
  if (found === undefined || typeof found !== typeof value) return false;
  if (typeof value === "string") return compareText({ operator, value, pattern }, String(found));
  return holds(operator, Number(found) - Number(value));
}

function compareText(
  { operator, value, pattern }: { readonly operator: Operator; readonly value: string; readonly pattern: boolean },
  found: string | null,
): boolean {
  if (found === null) return false;
  if (operator === ":") return found.includes(value);
  if (pattern) return fitsPattern(found, value) === (operator === "=");
  return holds(operator, compareCharacters(found, value));
}

/** `*` stands for any characters. */
function fitsPattern(text: string, pattern: string): boolean {
  const [first = "", ...rest] = pattern.split("*");
  const last = rest.pop() ?? "";
  if (!text.startsWith(first) || text.length < first.length + last.length || !text.endsWith(last)) return false;
  let at = first.length;
  const end = text.length - last.length;
  for (const part of rest) {
    const found = text.indexOf(part, at);
    if (found < 0 || found + part.length > end) return false;
    at = found + part.length;
  }
  return true;
}

function holds(operator: Operator, order: number): boolean {
  switch (operator) {
    case "=":
      return order === 0;
    case "!=":
      return order !== 0;
    case "<":
      return order < 0;
    case "<=":
      return order <= 0;
    case ">":
      return order > 0;
    case ">=":
      return order >= 0;
    case ":":
      return false;
  }
}

/** In the order of code points, as every store has it. */
export function compareCharacters(a: string, b: string): number {
  if (a === b) return 0;
  const [left, right] = [Array.from(a), Array.from(b)];
  const i = left.findIndex((character, at) => character !== right[at]);
  if (i < 0) return -1;
  return right[i] === undefined || (left[i]?.codePointAt(0) ?? 0) > (right[i]?.codePointAt(0) ?? 0) ? 1 : -1;
}

/** The value by which a run is ordered. */
export function orderValue({ field }: RunOrder, run: RunSummary): string | number {
  return field === "endedAt" ? (run.endedAt ?? notYet) : run[field];
}

/** Which of two runs comes first. */
export function compareRuns(order: RunOrder, a: RunSummary, b: RunSummary): number {
  const [left, right] = [orderValue(order, a), orderValue(order, b)];
  const byValue = typeof left === "number" && typeof right === "number" ? left - right : compareCharacters(String(left), String(right));
  return (byValue || compareCharacters(a.id, b.id)) * (order.descending ? -1 : 1);
}
