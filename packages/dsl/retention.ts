// How long the runs of a flow are kept once they have ended (`metadata.baton.retention`): one duration, or one for each
// way to end.
import type { Duration } from "@baton/core";
import { child, emptyScope, type Context } from "./context.ts";
import { readDuration } from "./durations.ts";
import type { Retention } from "./ir.ts";
import { invalid, readShape } from "./read.ts";
import { isText, type MappingNode, type SourceNode } from "./source/node.ts";

/** The ways to end. */
const ends = ["completed", "faulted", "cancelled"] as const;

/** Reads the retention of a document; undefined: the server decides. */
export function readRetention(cx: Context, document: MappingNode): Retention | undefined {
  let node: SourceNode | undefined = document;
  for (const key of ["document", "metadata", "baton", "retention"]) node = node?.kind === "mapping" ? child(node, key) : undefined;
  if (node === undefined) return undefined;
  if (isText(node) || isDuration(node)) {
    const all = readSpan(cx, node, "`retention`");
    return all && Object.fromEntries(ends.map((end) => [end, all]));
  }
  const map = readShape(cx, node, { what: "`retention`", keys: ends });
  const read = [...(map?.entries.values() ?? [])].map(({ key, value }) => [key, readSpan(cx, value, `\`${key}\``)] as const);
  return Object.fromEntries(read.filter(([, span]) => span !== undefined));
}

function isDuration(node: SourceNode): boolean {
  return node.kind === "mapping" && !ends.some((end) => node.entries.has(end));
}

function readSpan(cx: Context, node: SourceNode, what: string): Duration | undefined {
  const template = readDuration(cx, node, what, { point: "workflow output", scope: emptyScope });
  if (template === undefined || template.kind === "constant") return template?.duration;
  invalid(cx, node, `${what} must be a duration`, 'write it as `days: 30` or "P30D"');
  return undefined;
}
