// Reads values of a known shape out of the syntax tree. Each reader reports what is wrong and then gives
// undefined, or an empty stand-in: a document with an error is refused, so nobody sees the stand-in.
import { nearest } from "@baton/core";
import { child, type Context } from "./context.ts";
import { describe, isText, type Entry, type MappingNode, type SequenceNode, type SourceNode, type TextNode } from "./source/node.ts";

/** What a mapping may and must hold. */
export interface Shape {
  /** What it is called in messages: "an HTTP call's `with`". */
  readonly what: string;
  readonly keys: readonly string[];
  readonly required?: readonly string[];
}

/** Reads a mapping of a shape: reports every unknown and every missing key. */
export function readShape(cx: Context, node: SourceNode, shape: Shape): MappingNode | undefined {
  const map = readMapping(cx, node, shape.what);
  if (map === undefined) return undefined;
  reportUnknownKeys(cx, map, shape);
  reportMissingKeys(cx, map, shape);
  return map;
}

/** Reports the keys that a shape does not have, and remembers those that were probably meant. */
export function reportUnknownKeys(cx: Context, map: MappingNode, shape: Shape): void {
  for (const entry of map.entries.values()) {
    if (shape.keys.includes(entry.key)) continue;
    const free = shape.keys.filter((key) => !map.entries.has(key));
    const near = nearest(entry.key, free);
    if (near !== undefined) cx.meant.set(map, new Set([...(cx.meant.get(map) ?? []), near]));
    const advice = near === undefined ? `its keys are ${listOf(shape.keys)}` : `did you mean \`${near}\`?`;
    cx.problems.add("unknown-key", entry.at, entry.value, `\`${entry.key}\` is not a key of ${shape.what}`, advice);
  }
}

/** Reports the keys that are missing, in one message. */
export function reportMissingKeys(cx: Context, map: MappingNode, shape: Shape): void {
  const missing = shape.required?.filter((key) => lacks(cx, map, key)) ?? [];
  if (missing.length === 0) return;
  const keys = missing.length === 1 ? "the key" : "the keys";
  cx.problems.add("missing-key", map.label, map, `${capitalised(shape.what)} needs ${keys} ${listOf(missing)}`);
}

/** Whether a mapping does not have a key. One that is mistyped counts as there: it has its message already. */
export function lacks(cx: Context, map: MappingNode, key: string): boolean {
  return !map.entries.has(key) && cx.meant.get(map)?.has(key) !== true;
}

/** Reads any mapping. */
export function readMapping(cx: Context, node: SourceNode, what: string): MappingNode | undefined {
  if (node.kind === "mapping") return node;
  return wrongType(cx, node, what, "a mapping");
}

/** Reads any list. */
export function readSequence(cx: Context, node: SourceNode, what: string): SequenceNode | undefined {
  if (node.kind === "sequence") return node;
  return wrongType(cx, node, what, "a list");
}

/** Reads a text. */
export function readText(cx: Context, node: SourceNode, what: string, advice?: string): TextNode | undefined {
  if (isText(node)) return node;
  const scalar = node.kind === "scalar" && node.json !== null;
  const written = cx.text.text.slice(node.start, node.end);
  return wrongType(cx, node, what, "a text", advice ?? (scalar ? `put it in quotes: "${written}"` : undefined));
}

/** Reads `true` or `false`. */
export function readBoolean(cx: Context, node: SourceNode, what: string): boolean | undefined {
  if (typeof node.json === "boolean") return node.json;
  return wrongType(cx, node, what, "true or false");
}

/** Reads a whole number in a range. */
export function readInteger(cx: Context, node: SourceNode, what: string, min: number, max: number): number | undefined {
  const value = node.json;
  if (typeof value !== "number" || !Number.isInteger(value)) return wrongType(cx, node, what, "a whole number");
  if (value >= min && value <= max) return value;
  const bounds = max === Number.MAX_SAFE_INTEGER ? `at least ${min}` : `between ${min} and ${max}`;
  invalid(cx, node, `${capitalised(what)} must be ${bounds}, but is ${value}`);
  return undefined;
}

/** Reads one of several words. */
export function readChoice<Choice extends string>(
  cx: Context,
  node: SourceNode,
  what: string,
  choices: readonly Choice[],
): Choice | undefined {
  const choice = choices.find((candidate) => candidate === node.json);
  if (choice !== undefined) return choice;
  const options = `one of ${listOf(choices)}`;
  if (!isText(node)) return wrongType(cx, node, what, options);
  invalid(cx, node, `${capitalised(what)} must be ${options}, but is "${node.json}"`, didYouMean(node.json, choices));
  return undefined;
}

/** Reads the one key of a mapping that must have exactly one of several. */
export function readExclusive<Key extends string>(
  cx: Context,
  map: MappingNode,
  what: string,
  keys: readonly Key[],
): { key: Key; value: SourceNode } | undefined {
  const present = keys.flatMap((key) => {
    const entry = map.entries.get(key);
    return entry === undefined ? [] : [{ key, entry }];
  });
  const [first, second] = present;
  if (second !== undefined) {
    const message = `${capitalised(what)} has exactly one of ${listOf(keys)}, but \`${first?.key}\` and \`${second.key}\` are both here`;
    cx.problems.add("conflicting-keys", second.entry.at, second.entry.value, message, "remove one of them");
  }
  return first && { key: first.key, value: first.entry.value };
}

/** Gives the value under a key to a reader, where the key is there. */
export function optional<Value>(map: MappingNode, key: string, read: (node: SourceNode) => Value): Value | undefined {
  const node = child(map, key);
  return node && read(node);
}

/** Reports a value of the wrong kind. */
export function wrongType(cx: Context, node: SourceNode, what: string, wanted: string, suggestion?: string): undefined {
  const at = node.json === null ? node.label : node;
  cx.problems.add("wrong-type", at, node, `${capitalised(what)} must be ${wanted}, but is ${describe(node)}`, suggestion);
}

/** Reports a value that is of the right kind but not allowed. */
export function invalid(cx: Context, node: SourceNode, message: string, suggestion?: string): void {
  cx.problems.add("invalid-value", node, node, message, suggestion);
}

/** Looks a reusable definition up and marks it as used. */
export function definitionOf(cx: Context, kind: "authentications" | "errors" | "retries" | "timeouts", node: TextNode): Entry | undefined {
  const definition = cx.definitions[kind].get(node.json);
  if (definition !== undefined) cx.used[kind].add(node.json);
  else {
    const advice = (): string | undefined => didYouMean(node.json, cx.definitions[kind].keys());
    cx.problems.add("unknown-reference", node, node, `There is no \`${node.json}\` in \`use.${kind}\``, advice);
  }
  return definition;
}

/** The advice that names the nearest of the right words, if one is near. */
export function didYouMean(word: string, candidates: Iterable<string>): string | undefined {
  const near = nearest(word, candidates);
  return near === undefined ? undefined : `did you mean \`${near}\`?`;
}

/** Words as people list them: `a`, `b` and `c`. */
export function listOf(words: readonly string[]): string {
  const quoted = words.map((word) => `\`${word}\``);
  return quoted.length < 2 ? quoted.join("") : `${quoted.slice(0, -1).join(", ")} and ${quoted.at(-1)}`;
}

/** Leaves out the properties that are undefined. */
export function present<Value extends object>(value: { readonly [K in keyof Value]: Value[K] | undefined }): Value {
  const result: { [key: string]: unknown } = {};
  for (const key in value) if (value[key] !== undefined) result[key] = value[key];
  return result as Value;
}

function capitalised(text: string): string {
  return text.charAt(0).toUpperCase() + text.slice(1);
}
