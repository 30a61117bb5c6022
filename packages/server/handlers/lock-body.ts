// What a body about a lock says, read field by field: everything that is wrong is told at once, with its bounds.
import type { ProblemItem } from "@baton/api";
import { isObject, nearest, parseDuration, type Json, type JsonObject, type Millis } from "@baton/core";
import { LockRefused } from "@baton/runtime";

/** Characters of the names of locks, claims, owners and conditions. */
const longestName = 200;
/** What an owner may say of itself, as JSON. */
const longestValue = 4_096;
const namePattern = /^[A-Za-z0-9][A-Za-z0-9._-]*$/;
const unitMs: { readonly [unit: string]: Millis } = { ms: 1, s: 1_000, m: 60_000, h: 3_600_000 };

/** A body whose fields are asked for one by one. */
export class LockBody {
  readonly #body: JsonObject;
  readonly #problems: ProblemItem[] = [];

  constructor(body: Json, fields: readonly string[]) {
    this.#body = isObject(body) ? body : {};
    if (!isObject(body)) this.wrong("", `the body must be an object with ${fields.join(", ")}`);
    for (const key of Object.keys(this.#body)) if (!fields.includes(key)) this.#unknown(key, fields);
  }

  /** A field that is wrong. */
  wrong(field: string, detail: string): void {
    this.#problems.push({ pointer: field === "" ? "" : `/${field}`, detail });
  }

  /** Throws where anything was wrong. */
  check(): void {
    if (this.#problems.length > 0) throw refused(this.#problems);
  }

  has(field: string): boolean {
    return this.#body[field] !== undefined;
  }

  text(field: string): string {
    const value = this.#body[field];
    if (typeof value === "string" && value.length > 0 && value.length <= longestName && !/\p{Cc}/u.test(value)) return value;
    this.wrong(field, `${field} must be a text of 1 to ${longestName} characters`);
    return "";
  }

  choice<Choice extends string>(field: string, of: readonly Choice[], otherwise: Choice): Choice {
    const value = this.#body[field] ?? otherwise;
    const found = of.find((one) => one === value);
    if (found === undefined) this.wrong(field, `${field} must be one of ${of.join(", ")}`);
    return found ?? otherwise;
  }

  integer(field: string, most: number, otherwise?: number): number {
    const value = this.#body[field] ?? otherwise;
    if (typeof value === "number" && Number.isInteger(value) && value >= 1 && value <= most) return value;
    this.wrong(field, `${field} must be a whole number from 1 to ${most}`);
    return 1;
  }

  span(field: string, { least, most }: { readonly least: Millis; readonly most: Millis }): Millis | null {
    const value = this.#body[field];
    if (value === undefined) return null;
    const ms = typeof value === "string" ? millisOf(value) : undefined;
    if (ms !== undefined && ms >= least && ms <= most) return ms;
    this.wrong(field, `${field} must be a time from ${least / 1_000} s to ${most / 1_000} s, as 30s, 2m or PT30S`);
    return least;
  }

  value(field: string): Json {
    const value = this.#body[field] ?? null;
    if (JSON.stringify(value).length > longestValue) this.wrong(field, `${field} must have at most ${longestValue} characters as JSON`);
    return value;
  }

  #unknown(key: string, fields: readonly string[]): void {
    const meant = nearest(key, fields);
    this.wrong(key, `there is no ${key}${meant === undefined ? `; known are ${fields.join(", ")}` : `; did you mean ${meant}?`}`);
  }
}

/** A name that a lock can be asked for by. */
export function checkLockName(name: string): void {
  if (name.length > longestName || !namePattern.test(name))
    throw refused([{ detail: `a lock's name has 1 to ${longestName} letters, digits, ".", "-" and "_"`, parameter: "name" }]);
}

function refused(items: readonly ProblemItem[]): LockRefused {
  return new LockRefused({ code: "lock-invalid", message: items.map(({ detail }) => detail).join("; ") }, items);
}

function millisOf(text: string): Millis | undefined {
  const short = /^(\d{1,9})(ms|s|m|h)$/.exec(text);
  if (short !== null) return Number(short[1]) * (unitMs[short[2] ?? ""] ?? Number.NaN);
  const long = parseDuration(text);
  return long.ok && long.value.months === 0 ? long.value.ms : undefined;
}
