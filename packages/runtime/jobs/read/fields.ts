// Reads fields of what people write and gathers everything that is wrong, each with its JSON Pointer.
import {
  escapePointer,
  get,
  isArray,
  isObject,
  jsonEquals,
  nearest,
  parseDuration,
  parseInstant,
  readAmount,
  type Instant,
  type Json,
  type JsonObject,
  type Millis,
} from "@baton/core";
import type { Amounts } from "@baton/scheduler";
import type { FunctionProblem } from "../functions.ts";

/** One thing that is wrong with a request. */
export interface FieldProblem {
  readonly pointer: string;
  readonly detail: string;
  readonly suggestion?: string;
  /** Where it has a code of its own. */
  readonly code?: FieldCode;
}

/** The codes of fields that can be read and still cannot be taken. */
export type FieldCode = FunctionProblem["code"] | "executor-unavailable" | "payload-too-large" | "queues-invalid";

const shortUnits: { readonly [unit: string]: Millis } = { ms: 1, s: 1_000, m: 60_000, h: 3_600_000, d: 86_400_000 };

/** The fields of one object. What is not there reads as undefined, and so does what is wrong: it is noted. */
export class Fields {
  readonly problems: FieldProblem[];
  readonly at: string;
  readonly #value: JsonObject;

  constructor(value: JsonObject, at: string, problems: FieldProblem[]) {
    this.#value = value;
    this.at = at;
    this.problems = problems;
  }

  /** Notes every field that is not one of these, with the one that is meant: by the word for it elsewhere, or by a slip. */
  only(known: readonly string[], elsewhere: ReadonlyMap<string, string> = new Map()): void {
    for (const key of Object.keys(this.#value)) {
      if (known.includes(key)) continue;
      const meant = elsewhere.get(key) ?? nearest(key, known);
      const advice = meant === undefined ? `known are: ${known.join(", ")}` : `did you mean ${meant}?`;
      const pointer = `${this.at}/${escapePointer(key)}`;
      this.problems.push({ pointer, detail: `${key} is not a field here (${advice})`, ...(meant !== undefined && { suggestion: meant }) });
    }
  }

  has(key: string): boolean {
    return this.raw(key) !== undefined;
  }

  raw(key: string): Json | undefined {
    const value = get(this.#value, key);
    return value === null ? undefined : value;
  }

  /** Whether another object has the same fields with equal values, but for one of them. */
  equals(other: Fields, but: string): boolean {
    const own = this.#value;
    const others = other.#value;
    let left = Object.keys(others).length;
    for (const key in own) {
      if (!Object.hasOwn(others, key)) return false;
      if (key !== but && own[key] !== others[key] && !jsonEquals(own[key] ?? null, others[key] ?? null)) return false;
      left--;
    }
    return left === 0;
  }

  wrong(key: string, detail: string, code?: FieldCode): undefined {
    const pointer = key === "" ? this.at : `${this.at}/${escapePointer(key)}`;
    this.problems.push({ pointer, detail, ...(code !== undefined && { code }) });
    return undefined;
  }

  /** At a JSON Pointer from here. */
  wrongAt(pointer: string, detail: string): undefined {
    this.problems.push({ pointer: `${this.at}${pointer}`, detail });
    return undefined;
  }

  text(key: string, longest: number, pattern?: { readonly is: RegExp; readonly what: string }): string | undefined {
    const value = this.raw(key);
    if (value === undefined) return undefined;
    if (typeof value !== "string" || value.length === 0 || value.length > longest)
      return this.wrong(key, `${key} must be a text of 1 to ${longest} characters`);
    if (pattern && !pattern.is.test(value)) return this.wrong(key, `${key} must be ${pattern.what}`);
    return value;
  }

  choice<Choice extends string>(key: string, of: readonly Choice[]): Choice | undefined {
    const value = this.raw(key);
    if (value === undefined) return undefined;
    const found = of.find((choice) => choice === value);
    if (found !== undefined) return found;
    const meant = typeof value === "string" ? nearest(value, of) : undefined;
    return this.wrong(key, `${key} must be one of ${of.join(", ")}${meant === undefined ? "" : ` (did you mean ${meant}?)`}`);
  }

  flag(key: string): boolean | undefined {
    const value = this.raw(key);
    return value === undefined || typeof value === "boolean" ? value : this.wrong(key, `${key} must be true or false`);
  }

  whole(key: string, least: number, most: number): number | undefined {
    const value = this.raw(key);
    if (value === undefined) return undefined;
    if (typeof value === "number" && Number.isInteger(value) && value >= least && value <= most) return value;
    return this.wrong(key, `${key} must be a whole number from ${least} ${most === Number.MAX_SAFE_INTEGER ? "on" : `to ${most}`}`);
  }

  number(key: string, least: number): number | undefined {
    const value = this.raw(key);
    if (value === undefined) return undefined;
    return typeof value === "number" && value >= least && Number.isFinite(value)
      ? value
      : this.wrong(key, `${key} must be a number from ${least} on`);
  }

  /** A span of time, one that is not nothing where nothing else is said: ISO 8601, or a number with a unit. */
  span(key: string, leastMs: Millis = 1): Millis | undefined {
    const value = this.raw(key);
    if (value === undefined) return undefined;
    const ms = typeof value === "string" ? spanOf(value) : undefined;
    if (ms !== undefined && ms >= leastMs) return ms;
    const least = leastMs === 0 ? "" : leastMs === 1 ? " above 0" : ` of at least ${leastMs} ms`;
    return this.wrong(key, `${key} must be a time${least}, such as "30s", "5m" or "PT1H"`);
  }

  instant(key: string): Instant | undefined {
    const value = this.raw(key);
    if (value === undefined) return undefined;
    const at = typeof value === "string" ? parseInstant(value) : undefined;
    if (at !== undefined) return at;
    const isLocal = typeof value === "string" && parseInstant(`${value}Z`) !== undefined;
    if (isLocal) return this.wrong(key, `${key} has no time zone: write "${value}Z", or "${value}+02:00" with its distance from UTC`);
    return this.wrong(key, `${key} must be an instant such as "2026-12-24T18:00:00Z"`);
  }

  texts(key: string, most: number, longest: number): readonly string[] | undefined {
    const value = this.raw(key);
    if (value === undefined) return undefined;
    if (!isArray(value) || value.length > most) return this.wrong(key, `${key} must be a list of at most ${most} texts`);
    const stray = value.findIndex((item) => typeof item !== "string" || item.length > longest);
    return stray < 0 ? (value as readonly string[]) : this.wrongAt(`/${escapePointer(key)}/${stray}`, strayText(value[stray], longest));
  }

  /** Names and texts. */
  map(key: string, name: RegExp, longest: number): { readonly [name: string]: string } | undefined {
    const value = this.raw(key);
    if (value === undefined) return undefined;
    if (!isObject(value)) return this.wrong(key, `${key} must be an object of names and texts`);
    for (const [each, text] of Object.entries(value)) {
      if (!name.test(each)) this.wrong(key, `"${each}" is not a name that can stand in ${key}`);
      if (typeof text !== "string" || text.length > longest)
        this.wrong(key, `${each} in ${key} must be a text of at most ${longest} characters`);
    }
    return value as { readonly [name: string]: string };
  }

  /** Amounts of resources, as people write them; of these, where some are given. */
  amounts(key: string, known?: ReadonlySet<string>): Amounts | undefined {
    const value = this.raw(key);
    if (value === undefined) return undefined;
    if (!isObject(value)) return this.wrong(key, `${key} must be an object of resources and amounts`);
    const amounts: { [resource: string]: number } = {};
    for (const [resource, written] of Object.entries(value)) {
      const amount = readAmount(resource, written);
      if (!resourceName.test(resource)) this.wrong(key, `"${resource}" is not the name of a resource`);
      else if (known?.has(resource) === false) this.#unknownResource(key, resource, known);
      else if (amount.ok) amounts[resource] = amount.value;
      else this.problems.push({ pointer: `${this.at}/${key}/${escapePointer(resource)}`, detail: `${resource}: ${amount.error}` });
    }
    return amounts;
  }

  #unknownResource(key: string, resource: string, known: ReadonlySet<string>): void {
    const meant = nearest(resource, known);
    const advice = meant === undefined ? "" : ` (did you mean ${meant}?)`;
    const pointer = `${this.at}/${key}/${escapePointer(resource)}`;
    const detail = `no node offers ${resource}${advice}; one that is still to come is declared with kind: resource, name: ${resource}`;
    this.problems.push({ pointer, detail, ...(meant !== undefined && { suggestion: meant }) });
  }

  object(key: string): Fields | undefined {
    const value = this.raw(key);
    if (value === undefined) return undefined;
    return isObject(value)
      ? new Fields(value, `${this.at}/${escapePointer(key)}`, this.problems)
      : this.wrong(key, `${key} must be an object`);
  }

  /** The objects of a list. */
  objects(key: string, most: number): readonly Fields[] | undefined {
    const value = this.raw(key);
    if (value === undefined) return undefined;
    if (!isArray(value) || value.length > most) return this.wrong(key, `${key} must be a list of at most ${most} objects`);
    return value.flatMap((item, i) => {
      if (isObject(item)) return [new Fields(item, `${this.at}/${escapePointer(key)}/${i}`, this.problems)];
      this.problems.push({ pointer: `${this.at}/${escapePointer(key)}/${i}`, detail: "must be an object" });
      return [];
    });
  }
}

/** What is wrong with an item that should be a text: mostly something that YAML reads as more than a text. */
function strayText(item: Json | undefined, longest: number): string {
  if (typeof item === "string") return `a text here has at most ${longest} characters`;
  const isPlain = typeof item === "number" || typeof item === "boolean" || item === null;
  return isPlain ? `${item} must be a text: write it in quotes` : "must be a text";
}

/** What a resource may be called. */
export const resourceName = /^[a-z0-9](?:[a-zA-Z0-9./:_-]{0,61}[a-zA-Z0-9])?$/;

/** A span as people write it; undefined where it is none. */
export function spanOf(text: string): Millis | undefined {
  const short = /^(\d+(?:\.\d+)?)(ms|s|m|h|d)$/.exec(text);
  if (short) return Math.round(Number(short[1]) * (shortUnits[short[2] ?? ""] ?? 0));
  const long = parseDuration(text);
  return long.ok && long.value.months === 0 ? long.value.ms : undefined;
}

/** An object without the fields that are undefined. */
export function given<T extends object>(fields: { readonly [K in keyof T]?: T[K] | undefined }): T {
  return Object.fromEntries(Object.entries(fields).filter(([, value]) => value !== undefined)) as T;
}
