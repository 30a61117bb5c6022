// Code that builds: arrays, objects and strings.
import { bytesPerElement, bytesPerProperty, type Run } from "../budget.ts";
import { fail } from "../failure.ts";
import { concatenate } from "../value/arithmetic.ts";
import { describe } from "../value/describe.ts";
import { putValue, type OpenObject, type Value } from "../value/value.ts";
import { constantCode, folded } from "./basic.ts";
import { Code, type Each, type Frame, isSingle, mostYields, type One, type Option, type Yields } from "./code.ts";

/** `[BODY]`: every result of the body as one array. */
export function arrayCode(body: Code | undefined): Code {
  if (body === undefined) return constantCode([]);
  const code = new Code({
    yields: "one",
    pure: body.pure,
    usesInput: body.usesInput,
    one: () => {
      const push = body.push();
      return (input, frame) => {
        const items: Value[] = [];
        push(input, frame, items);
        frame.run.allocate(items.length * bytesPerElement);
        return items;
      };
    },
  });
  return folded(code, [body]);
}

/** `[A, B, C]` where each item yields one value. */
export function tupleCode(items: readonly Code[]): Code {
  const code = new Code({
    yields: "one",
    pure: items.every((item) => item.pure),
    usesInput: items.some((item) => item.usesInput),
    one: () => {
      const ones = items.map((item) => item.one());
      return (input, frame) => {
        frame.run.allocate(ones.length * bytesPerElement);
        return ones.map((one) => one(input, frame));
      };
    },
  });
  return folded(code, items);
}

/** One entry of an object construction. */
export interface EntryCode {
  readonly key: Code;
  readonly value: Code;
  readonly at: number;
}

/** `{KEY: VALUE, ...}`: one object for every combination of keys and values, the first entry in the outer loop. */
export function objectCode(entries: readonly EntryCode[]): Code {
  if (entries.length === 0) return constantCode({});
  const parts = entries.flatMap((entry) => [entry.key, entry.value]);
  const yields = parts.reduce<Yields>((most, part) => mostYields(most, part.yields), "one");
  const code = new Code({
    yields,
    pure: parts.every((part) => part.pure),
    usesInput: parts.some((part) => part.usesInput),
    ...(yields === "one" ? { one: () => objectOne(entries) } : {}),
    ...(yields !== "many" ? { option: () => objectOption(entries) } : {}),
    each: () => objectEach(entries),
  });
  return folded(code, parts);
}

function objectOne(entries: readonly EntryCode[]): One {
  const names = entries.map((entry) => entry.key.constant);
  if (names.every((name) => typeof name === "string" && name !== "__proto__")) return recordOne(names as string[], entries);
  return objectOption(entries) as One;
}

// All keys are known: the object is filled in a fixed order, so that equal constructions share a shape.
function recordOne(names: readonly string[], entries: readonly EntryCode[]): One {
  const values = entries.map((entry) => entry.value.one());
  const bytes = names.length * bytesPerProperty;
  const [name = ""] = names;
  const [first] = values;
  if (names.length === 1 && first) {
    return (input, frame) => {
      frame.run.allocate(bytes);
      return { [name]: first(input, frame) };
    };
  }
  return (input, frame) => {
    frame.run.allocate(bytes);
    const object: OpenObject = {};
    for (let i = 0; i < names.length; i++) object[names[i] as string] = (values[i] as One)(input, frame);
    return object;
  };
}

function objectOption(entries: readonly EntryCode[]): Option {
  const keys = entries.map((entry) => entry.key.option());
  const values = entries.map((entry) => entry.value.option());
  return (input, frame) => {
    const object: OpenObject = {};
    frame.run.allocate(entries.length * bytesPerProperty);
    for (let i = 0; i < entries.length; i++) {
      const key = (keys[i] as Option)(input, frame);
      if (key === undefined) return undefined;
      const value = (values[i] as Option)(input, frame);
      if (value === undefined) return undefined;
      putValue(object, keyText(key, entries[i] as EntryCode), value);
    }
    return object;
  };
}

function keyText(key: Value, entry: EntryCode): string {
  return typeof key === "string" ? key : fail(`Cannot use ${describe(key)} as object key`, entry.at);
}

function objectEach(entries: readonly EntryCode[]): Each {
  const keys = entries.map((entry) => entry.key.each());
  const values = entries.map((entry) => entry.value.each());
  const fill = (from: number, object: OpenObject, input: Value, frame: Frame, sink: (value: Value) => boolean): boolean => {
    if (from === entries.length) return sink(object);
    return (keys[from] as Each)(input, frame, (key) =>
      (values[from] as Each)(input, frame, (value) => {
        frame.run.allocate((from + 1) * bytesPerProperty);
        const next: OpenObject = { ...object };
        putValue(next, keyText(key, entries[from] as EntryCode), value);
        return fill(from + 1, next, input, frame, sink);
      }),
    );
  };
  return (input, frame, sink) => fill(0, {}, input, frame, sink);
}

/** Turns a value into the text that stands in a string. */
export type Format = (value: Value, run: Run) => string;

/** A string with interpolations: for several results, the last interpolation runs in the outer loop. */
export function stringCode(parts: readonly (string | Code)[], format: Format): Code {
  const codes = parts.filter((part) => part instanceof Code);
  const yields = codes.reduce<Yields>((most, part) => mostYields(most, part.yields), "one");
  const code = new Code({
    yields,
    pure: codes.every((part) => part.pure),
    usesInput: codes.some((part) => part.usesInput),
    ...(yields === "one" ? { one: () => stringOne(parts, format) } : {}),
    ...(codes.every(isSingle) ? { option: () => stringOption(parts, format) } : {}),
    each: () => stringEach(parts, format),
  });
  return folded(code, codes);
}

// The last part is computed first, as the right operand of an addition is.
function stringOne(parts: readonly (string | Code)[], format: Format): One {
  const texts = parts.map((part) => (typeof part === "string" ? part : ""));
  const ones = parts.map((part) => (typeof part === "string" ? undefined : part.one()));
  return (input, frame) => {
    let result = "";
    for (let i = ones.length - 1; i >= 0; i--) {
      const one = ones[i];
      result = concatenate(one === undefined ? (texts[i] as string) : format(one(input, frame), frame.run), result, frame.run);
    }
    return result;
  };
}

function stringOption(parts: readonly (string | Code)[], format: Format): Option {
  const options = parts.map((part) => (typeof part === "string" ? part : part.option()));
  return (input, frame) => {
    let result = "";
    for (let i = options.length - 1; i >= 0; i--) {
      const part = options[i] as string | Option;
      const value = typeof part === "string" ? part : part(input, frame);
      if (value === undefined) return undefined;
      result = concatenate(typeof part === "string" ? part : format(value, frame.run), result, frame.run);
    }
    return result;
  };
}

function stringEach(parts: readonly (string | Code)[], format: Format): Each {
  const each = parts.map((part) => (typeof part === "string" ? part : part.each()));
  const fill = (from: number, tail: string, input: Value, frame: Frame, sink: (value: Value) => boolean): boolean => {
    if (from < 0) return sink(tail);
    const part = each[from] as string | Each;
    if (typeof part === "string") return fill(from - 1, concatenate(part, tail, frame.run), input, frame, sink);
    return part(input, frame, (value) => fill(from - 1, concatenate(format(value, frame.run), tail, frame.run), input, frame, sink));
  };
  return (input, frame, sink) => fill(parts.length - 1, "", input, frame, sink);
}
