// Reads a parsed JSON (or YAML) document into types, and collects every mistake with its JSON pointer: a wrong type,
// a number out of its range, a field that does not exist (with the one that was probably meant).
import { escapePointer, get, isArray, isObject, nearest, type Json, type JsonObject } from "@baton/core";
import { problem, type Problem, type SimulatorErrorCode } from "./errors.ts";

/** The bounds of a number. */
export interface Range {
  readonly min?: number;
  readonly max?: number;
  readonly whole?: boolean;
}

/** Collects the problems of one document. */
export class JsonReader {
  readonly problems: Problem[] = [];
  readonly #code: SimulatorErrorCode;
  readonly #name: string;

  constructor(code: SimulatorErrorCode, name: string) {
    this.#code = code;
    this.#name = name;
  }

  /** Records a problem at a JSON pointer; the empty pointer is the whole document. */
  wrong(pointer: string, message: string, next?: string): void {
    this.problems.push(problem(this.#code, `${this.#name}: ${pointer === "" ? "the document" : pointer}`, message, next));
  }

  object(value: Json | undefined, pointer: string): JsonObject | undefined {
    if (isObject(value)) return value;
    this.wrong(pointer, `Expected an object here, but there is ${describe(value)}.`);
    return undefined;
  }

  array(value: Json | undefined, pointer: string): readonly Json[] {
    if (isArray(value)) return value;
    this.wrong(pointer, `Expected a list here, but there is ${describe(value)}.`);
    return [];
  }

  /** The list under `key`; empty where it is left out. */
  optionalArray(object: JsonObject, key: string, pointer: string): readonly Json[] {
    const value = get(object, key);
    return value === undefined || value === null ? [] : this.array(value, `${pointer}/${key}`);
  }

  /** A list of texts under `key`; empty where it is left out. */
  strings(object: JsonObject, key: string, pointer: string): string[] {
    return this.optionalArray(object, key, pointer).flatMap((value, i) => {
      if (typeof value === "string") return [value];
      this.wrong(`${pointer}/${escapePointer(key)}/${i}`, `Expected a text here, but there is ${describe(value)}.`);
      return [];
    });
  }

  string(object: JsonObject, key: string, pointer: string): string | undefined {
    const value = get(object, key);
    if (typeof value === "string" && value !== "") return value;
    this.wrong(`${pointer}/${escapePointer(key)}`, `Expected a text here, but there is ${describe(value)}.`);
    return undefined;
  }

  optionalString(object: JsonObject, key: string, pointer: string): string | undefined {
    return get(object, key) === undefined ? undefined : this.string(object, key, pointer);
  }

  number(object: JsonObject, key: string, pointer: string, range: Range = {}): number | undefined {
    const value = get(object, key);
    const place = `${pointer}/${escapePointer(key)}`;
    if (typeof value !== "number" || !Number.isFinite(value)) {
      this.wrong(place, `Expected a number here, but there is ${describe(value)}.`);
      return undefined;
    }
    const fits = value >= (range.min ?? -Infinity) && value <= (range.max ?? Infinity) && (!range.whole || Number.isInteger(value));
    if (fits) return value;
    this.wrong(place, `${value} is not ${rangeInWords(range)}.`);
    return undefined;
  }

  optionalNumber(object: JsonObject, key: string, pointer: string, range: Range = {}): number | undefined {
    const value = get(object, key);
    return value === undefined || value === null ? undefined : this.number(object, key, pointer, range);
  }

  optionalBoolean(object: JsonObject, key: string, pointer: string): boolean | undefined {
    const value = get(object, key);
    if (value === undefined || typeof value === "boolean") return value;
    this.wrong(`${pointer}/${escapePointer(key)}`, `Expected true or false here, but there is ${describe(value)}.`);
    return undefined;
  }

  /** One of a closed set of words. */
  oneOf<const T extends string>(object: JsonObject, key: string, pointer: string, words: readonly T[]): T | undefined {
    const value = get(object, key);
    const word = words.find((candidate) => candidate === value);
    if (word !== undefined) return word;
    const meant = typeof value === "string" ? nearest(value, words) : undefined;
    const place = `${pointer}/${escapePointer(key)}`;
    this.wrong(place, `Expected one of ${words.join(", ")} here, but there is ${describe(value)}.`, meant && `Did you mean "${meant}"?`);
    return undefined;
  }

  /** Records every field of the object that is not in the list. */
  known(object: JsonObject, pointer: string, fields: readonly string[]): void {
    for (const key of Object.keys(object)) {
      if (fields.includes(key)) continue;
      const meant = nearest(key, fields);
      const next = meant ? `Did you mean "${meant}"?` : `The fields are ${fields.join(", ")}.`;
      this.wrong(`${pointer}/${escapePointer(key)}`, `There is no field "${key}" here.`, next);
    }
  }
}

const longestShown = 40;

/** A value in a few words, for messages. */
export function describe(value: Json | undefined): string {
  if (value === undefined) return "nothing";
  if (isArray(value)) return "a list";
  if (isObject(value)) return "an object";
  const text = JSON.stringify(value);
  return text.length > longestShown ? `${text.slice(0, longestShown)}...` : text;
}

function rangeInWords({ min, max, whole }: Range): string {
  const kind = whole ? "a whole number" : "a number";
  if (min !== undefined && max !== undefined) return `${kind} from ${min} to ${max}`;
  if (min !== undefined) return `${kind} of at least ${min}`;
  return max === undefined ? kind : `${kind} of at most ${max}`;
}
