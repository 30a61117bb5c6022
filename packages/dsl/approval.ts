// `metadata.baton.approval` of a `listen`: a person answers, and the answer is one of the events that are listened to.
import type { Context } from "./context.ts";
import type { ApprovalRule, Task } from "./ir.ts";
import { metadataOf } from "./metadata.ts";
import { invalid, optional, present, readShape, readText } from "./read.ts";
import { compileSchema } from "./schema/compile.ts";
import type { MappingNode } from "./source/node.ts";

/** The approval that a listen asks for; undefined: none. */
export function readApproval(cx: Context, owner: MappingNode): ApprovalRule | undefined {
  const node = metadataOf(owner, "approval");
  const map = node && readShape(cx, node, { what: "`approval`", keys: ["title", "role", "form"] });
  if (map === undefined) return undefined;
  const text = (key: string): string | undefined => optional(map, key, (value) => readText(cx, value, `\`${key}\``))?.json;
  return present<ApprovalRule>({
    title: text("title"),
    role: text("role"),
    form: optional(map, "form", (form) => compileSchema(cx, form, undefined)),
  });
}

/** Refuses an approval on a task that takes no events. */
export function checkApproval(cx: Context, owner: MappingNode, task: Task): void {
  const node = metadataOf(owner, "approval");
  if (node === undefined || task.kind === "listen") return;
  invalid(cx, node, `A \`${task.kind}\` task takes no events, so nobody can approve it`, "put a `listen` with the approval before it");
}
