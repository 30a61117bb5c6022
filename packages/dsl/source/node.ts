// The syntax tree of a document, the same for YAML and JSON: values with the place where they were written.
// Immutable once built. A value that aliases share is one node with several parents.
import type { Json, JsonObject } from "@baton/core";

/** A stretch of the text, in UTF-16 code units from its start; `end` is exclusive. */
export interface Range {
  readonly start: number;
  readonly end: number;
}

interface NodeBase extends Range {
  /** Where the value's key stands; the value's own place where it has none. */
  readonly label: Range;
}

/** How a scalar is written; `json` strings are double-quoted without YAML's extra escapes. */
export type ScalarStyle = "plain" | "single" | "double" | "literal" | "folded";

export interface ScalarNode extends NodeBase {
  readonly kind: "scalar";
  readonly style: ScalarStyle;
  readonly json: string | number | boolean | null;
}

export interface SequenceNode extends NodeBase {
  readonly kind: "sequence";
  readonly items: readonly SourceNode[];
  readonly json: readonly Json[];
}

/** One key of a mapping, with its value. */
export interface Entry {
  readonly key: string;
  readonly at: Range;
  readonly value: SourceNode;
}

export interface MappingNode extends NodeBase {
  readonly kind: "mapping";
  readonly entries: ReadonlyMap<string, Entry>;
  readonly json: JsonObject;
}

/** Any value of a document. */
export type SourceNode = ScalarNode | SequenceNode | MappingNode;

/** A text, as opposed to a number, a mapping and so on. */
export type TextNode = ScalarNode & { readonly json: string };

/** Whether the node is a text. */
export function isText(node: SourceNode): node is TextNode {
  return typeof node.json === "string";
}

/** Builds a mapping; its JSON value has every key as its own property, `__proto__` too. */
export function mappingNode(entries: ReadonlyMap<string, Entry>, at: Range, label: Range): MappingNode {
  const json: { [key: string]: Json } = {};
  for (const { key, value } of entries.values()) {
    if (key === "__proto__") Object.defineProperty(json, key, { value: value.json, enumerable: true, configurable: true, writable: true });
    else json[key] = value.json;
  }
  return { kind: "mapping", entries, start: at.start, end: at.end, label, json };
}

/** Builds a list. */
export function sequenceNode(items: readonly SourceNode[], at: Range, label: Range): SequenceNode {
  return { kind: "sequence", items, start: at.start, end: at.end, label, json: items.map((item) => item.json) };
}

/** What the value is called in a message: "a number", "a list". */
export function describe(node: SourceNode): string {
  if (node.kind === "mapping") return "a mapping";
  if (node.kind === "sequence") return node.items.length === 0 ? "an empty list" : "a list";
  if (node.json === null) return "empty";
  return typeof node.json === "string" ? "a text" : `the ${typeof node.json} ${node.json}`;
}
