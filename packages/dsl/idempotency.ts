// Idempotency keys (`metadata.baton.idempotencyKey`): the author's own name for what must happen once. On a call it goes to
// the service in place of the attempt's id, so that a retry, or another run, is a repetition there; on the document it
// names the run that a start means.
import type { Context } from "./context.ts";
import { readsSecrets, readTemplate, type Site } from "./expressions.ts";
import type { Task, Template } from "./ir.ts";
import { metadataOf } from "./metadata.ts";
import { invalid } from "./read.ts";
import type { MappingNode } from "./source/node.ts";

/** The key that the metadata of a task or of a document's header gives; undefined: none. */
export function readIdempotencyKey(cx: Context, owner: MappingNode, site: Site): Template | undefined {
  const node = metadataOf(owner, "idempotencyKey");
  if (node === undefined) return undefined;
  const template = readTemplate(cx, node, site);
  const isKey = typeof node.json === "number" || (typeof node.json === "string" && node.json !== "");
  if (!isKey)
    invalid(cx, node, "`idempotencyKey` must be a text or a number", 'write an expression that tells one from another: "${ .order.id }"');
  else if (readsSecrets(template))
    invalid(cx, node, "`idempotencyKey` reads $secrets, and keys are stored and sent as they are", "leave the secret out");
  return template;
}

/** Refuses a key on a task that calls no service: nobody would ever see it. */
export function checkIdempotencyKey(cx: Context, owner: MappingNode, task: Task): void {
  const node = metadataOf(owner, "idempotencyKey");
  if (node === undefined || (task.kind === "call" && task.call.kind !== "function")) return;
  const isFunction = task.kind === "call";
  const message = isFunction
    ? "A call of a function sends nothing itself, so it has no idempotency key"
    : `A \`${task.kind}\` task calls no service, so it has no idempotency key`;
  invalid(cx, node, message, isFunction ? "write it on the call within the function" : "write it on the call");
}
