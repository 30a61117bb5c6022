// What Baton reads in `metadata`, under the key `baton`: hints for the scheduler, which change no result, and
// what the language lacks. All other metadata is the author's own.
import { child, type Context } from "./context.ts";
import { readDuration } from "./durations.ts";
import { readTemplate, type Site } from "./expressions.ts";
import type { Template } from "./ir.ts";
import { invalid, optional, readInteger, readMapping, readShape, readText, wrongType } from "./read.ts";
import { isText, type MappingNode, type SourceNode } from "./source/node.ts";

/** What tasks and documents have: where and when jobs run, and what is read where it is used. */
const placementKeys = ["resources", "limits", "priority", "queue", "labels", "expected", "deadline"] as const;
const keys = [...placementKeys, "attributes", "idempotencyKey", "concurrency"];
const highestPriority = 100;

/** What only a task has: read where it is used. */
export const taskKeys = ["compensate", "approval"] as const;

/** What only a document has: read where it is used. */
export const documentKeys = ["schedule", "retention"] as const;

/** Checks `metadata`; `more` are the keys under `baton` that are read elsewhere. */
export function checkMetadata(cx: Context, node: SourceNode, site: Site, more: readonly string[] = []): void {
  const metadata = readMapping(cx, node, "`metadata`");
  const own = metadata?.entries.get("baton");
  const map = own && readShape(cx, own.value, { what: "`baton`", keys: [...keys, ...more] });
  if (map === undefined) return;
  optional(map, "resources", (resources) => checkResources(cx, resources));
  optional(map, "limits", (limits) => checkLimits(cx, limits));
  optional(map, "priority", (priority) => readInteger(cx, priority, "`priority`", 0, highestPriority));
  optional(map, "queue", (queue) => readText(cx, queue, "`queue`"));
  optional(map, "labels", (labels) => checkLabels(cx, labels));
  optional(map, "expected", (expected) => readDuration(cx, expected, "`expected`", site));
  optional(map, "deadline", (deadline) => readDuration(cx, deadline, "`deadline`", site));
}

/** What Baton's metadata of a task, or of the document's header, says under a key. */
export function metadataOf(owner: MappingNode, key: string): SourceNode | undefined {
  let node: SourceNode | undefined = owner;
  for (const step of ["metadata", "baton", key]) node = node?.kind === "mapping" ? child(node, step) : undefined;
  return node;
}

/** What the metadata of a task, or of the document's header, says of where and when jobs run; undefined: nothing. */
export function readPlacement(cx: Context, owner: MappingNode, site: Site): Template | undefined {
  const entries = placementKeys.flatMap((key) => {
    const node = metadataOf(owner, key);
    return node === undefined ? [] : [[key, readTemplate(cx, node, site)] as const];
  });
  return entries.length === 0 ? undefined : { kind: "object", entries };
}

/** A quantity as Kubernetes writes it: `500m`, `1.5`, `256Mi`. */
const quantity = /^\d+(?:\.\d+)?(?:m|[kMGTP]i?)?$/;

function checkResources(cx: Context, node: SourceNode): void {
  const map = readShape(cx, node, { what: "`resources`", keys: ["cpu", "memory", "disk", "gpu"] });
  for (const { key, value } of map?.entries.values() ?? []) {
    if (typeof value.json === "number" && value.json >= 0) continue;
    if (!isText(value)) wrongType(cx, value, `\`${key}\``, "an amount such as `2`, `500m` or `256Mi`");
    else if (!quantity.test(value.json)) invalid(cx, value, `"${value.json}" is not an amount`, "write it as `2`, `500m` or `256Mi`");
  }
}

const mostPids = 4_194_304;

function checkLimits(cx: Context, node: SourceNode): void {
  const map = readShape(cx, node, { what: "`limits`", keys: ["pids"] });
  if (map !== undefined) optional(map, "pids", (pids) => readInteger(cx, pids, "`pids`", 1, mostPids));
}

function checkLabels(cx: Context, node: SourceNode): void {
  for (const { key, value } of readMapping(cx, node, "`labels`")?.entries.values() ?? []) readText(cx, value, `the label \`${key}\``);
}
