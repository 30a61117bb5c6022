// How many runs of a flow may go on at a time (`metadata.baton.concurrency`): `limit` of each `key`, which is taken from the input.
import type { Context } from "./context.ts";
import { readsSecrets, readTemplate, type Site } from "./expressions.ts";
import type { ConcurrencyRule, Template } from "./ir.ts";
import { metadataOf } from "./metadata.ts";
import { invalid, optional, readChoice, readInteger, readShape } from "./read.ts";
import type { MappingNode, SourceNode } from "./source/node.ts";

/** Runs at a time. */
const maxLimit = 1_000_000;
const conflicts = ["wait", "cancel", "replace"] as const;

/** The rule of a document; undefined: any number of its runs may go on. */
export function readConcurrency(cx: Context, header: MappingNode, site: Site): ConcurrencyRule | undefined {
  const node = metadataOf(header, "concurrency");
  const map = node && readShape(cx, node, { what: "`concurrency`", keys: ["key", "limit", "onConflict"] });
  if (map === undefined) return undefined;
  const key = optional(map, "key", (value) => readKey(cx, value, site));
  const limit = optional(map, "limit", (value) => readInteger(cx, value, "`limit`", 1, maxLimit)) ?? 1;
  const onConflict = optional(map, "onConflict", (value) => readChoice(cx, value, "`onConflict`", conflicts)) ?? "wait";
  return { limit, onConflict, ...(key !== undefined && { key }) };
}

function readKey(cx: Context, node: SourceNode, site: Site): Template {
  const template = readTemplate(cx, node, site);
  const isKey = typeof node.json === "number" || (typeof node.json === "string" && node.json !== "");
  if (!isKey) invalid(cx, node, "`key` must be a text or a number", 'write an expression that tells one from another: "${ .customer }"');
  else if (readsSecrets(template)) invalid(cx, node, "`key` reads $secrets, and keys are shown to everybody", "leave the secret out");
  return template;
}

/** Refuses a rule on a task: it is about runs as a whole. */
export function refuseConcurrency(cx: Context, owner: MappingNode): void {
  const node = metadataOf(owner, "concurrency");
  if (node !== undefined)
    invalid(
      cx,
      node,
      "`concurrency` is about runs as a whole, so a task has none",
      "write it in the metadata of `document`, and what the task does in a flow of its own",
    );
}
