// Lists of things with a name: each item is a mapping with one key, the name.
import type { Context } from "../context.ts";
import { describe, type Entry, type Range, type SequenceNode, type SourceNode } from "../source/node.ts";

/** One item of such a list. */
export interface NamedItem {
  readonly index: number;
  readonly name: string;
  /** Where the name stands. */
  readonly at: Range;
  readonly node: SourceNode;
}

/** Reads the items; reports those of another shape, and names that occur twice. `fields` are no names. */
export function readNamedItems(cx: Context, list: SequenceNode, what: string, fields: readonly string[]): NamedItem[] {
  const names = new Set<string>();
  return list.items.flatMap((item, index) => {
    const entry = readItem(cx, item, what, fields);
    if (entry === undefined) return [];
    if (names.has(entry.key)) {
      const message = `There are two of the name \`${entry.key}\` in this list`;
      cx.problems.add("duplicate-name", entry.at, entry.value, message, "give each a name of its own");
    }
    names.add(entry.key);
    return { index, name: entry.key, at: entry.at, node: entry.value };
  });
}

function readItem(cx: Context, item: SourceNode, what: string, fields: readonly string[]): Entry | undefined {
  const entries = item.kind === "mapping" ? [...item.entries.values()] : [];
  const [first, second] = entries;
  if (first === undefined)
    report(cx, item, item, `Expected ${what} (its name, a colon, and its fields below), but this is ${describe(item)}`);
  else if (fields.includes(first.key) && (second !== undefined || first.value.kind !== "mapping"))
    report(cx, item, first.at, `Here ${what} has no name`, "write `- name:` first, and its fields below, indented further");
  else if (second === undefined) return first;
  else if (first.value.json === null)
    report(
      cx,
      item,
      second.at,
      `The fields of \`${first.key}\` stand beside its name instead of below it`,
      "indent them further than the name",
    );
  else
    report(
      cx,
      item,
      second.at,
      `Here ${what} has two names, \`${first.key}\` and \`${second.key}\``,
      `begin \`${second.key}\` with a dash of its own`,
    );
  return undefined;
}

function report(cx: Context, item: SourceNode, at: Range, message: string, advice?: string): void {
  cx.problems.add("task-shape", at, item, message, advice);
}
