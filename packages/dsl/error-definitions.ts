// Errors as authors define them, and the filters that catch them (dsl-reference.md, "Error").
import { nearest } from "@baton/core";
import { child, type Context } from "./context.ts";
import { isExpressionText, isLiteral, readTextTemplate, readTemplate, type Site } from "./expressions.ts";
import type { ErrorDefinition, ErrorFilter, Template } from "./ir.ts";
import { invalid, optional, present, readExclusive, readInteger, readMapping, readShape, readText, reportUnknownKeys } from "./read.ts";
import { isText, type SourceNode } from "./source/node.ts";

const nothing: Template = { kind: "constant", value: null };
const jsonPointer = /^(?:\/(?:[^~/]|~[01])*)*$/;

/** The bases under which the standard error types have existed. */
const standardBase =
  /^https:\/\/(?:open-workflow-specification\.org|serverlessworkflow\.io)\/(?:spec\/1\.0\.\d+\/errors|dsl\/errors\/types)\/(.*)$/;
const standardKinds = [
  "configuration",
  "validation",
  "expression",
  "authentication",
  "authorization",
  "timeout",
  "communication",
  "runtime",
];

/** Reads the definition of an error. */
export function readErrorDefinition(cx: Context, node: SourceNode, site: Site): ErrorDefinition | undefined {
  const keys = ["type", "status", "instance", "title", "detail"];
  const map = readShape(cx, node, { what: "an error", keys, required: ["type", "status"] });
  if (map === undefined) return undefined;
  const text = (key: string): Template | undefined =>
    optional(map, key, (value) => {
      const read = readText(cx, value, `\`${key}\``);
      return read && readTextTemplate(cx, read, site);
    });
  return present<ErrorDefinition>({
    type: optional(map, "type", (type) => readType(cx, type, site)) ?? nothing,
    status: optional(map, "status", (status) => readStatus(cx, status, site)) ?? nothing,
    title: text("title"),
    detail: text("detail"),
    instance: optional(map, "instance", (instance) => readInstance(cx, instance, site)),
  });
}

function readType(cx: Context, node: SourceNode, site: Site): Template | undefined {
  const text = readText(cx, node, "`type`");
  if (text === undefined) return undefined;
  const template = readTextTemplate(cx, text, site);
  if (isLiteral(template, text)) {
    if (!/^\S+$/.test(text.json)) invalid(cx, node, `The error type "${text.json}" is not a URI`, "a URI has no white space");
    checkStandardType(cx, node, text.json);
  }
  return template;
}

function readStatus(cx: Context, node: SourceNode, site: Site): Template {
  if (isText(node) && isExpressionText(cx, node)) return readTemplate(cx, node, site);
  return { kind: "constant", value: readInteger(cx, node, "`status`", 0, 999) ?? null };
}

function readInstance(cx: Context, node: SourceNode, site: Site): Template | undefined {
  const text = readText(cx, node, "`instance`");
  if (text === undefined) return undefined;
  const template = readTextTemplate(cx, text, site);
  if (isLiteral(template, text) && !jsonPointer.test(text.json))
    invalid(cx, node, `"${text.json}" is not a JSON Pointer`, "write it as `/do/0/name`");
  return template;
}

/** Reads what an error must equal to be caught. `details` is the older name of `detail`. */
export function readErrorFilter(cx: Context, node: SourceNode): ErrorFilter | undefined {
  const errors = readShape(cx, node, { what: "`errors`", keys: ["with"] });
  const filter = errors && child(errors, "with");
  if (filter === undefined) return undefined;
  const map = readMapping(cx, filter, "`with`");
  if (map === undefined) return undefined;
  const keys = ["type", "status", "instance", "title", "detail"];
  // The older name is accepted, and is no advice for a typing error.
  reportUnknownKeys(cx, map, { what: "an error filter", keys: map.entries.has("details") ? [...keys, "details"] : keys });
  if (map.entries.size === 0) invalid(cx, filter, "The error filter is empty", "leave it out to catch every error");
  const text = (key: string): string | undefined => optional(map, key, (value) => readText(cx, value, `\`${key}\``))?.json;
  const detailKey = readExclusive(cx, map, "an error filter", ["detail", "details"])?.key ?? "detail";
  const type = child(map, "type");
  if (type !== undefined && isText(type)) checkStandardType(cx, type, type.json);
  return present<ErrorFilter>({
    type: text("type"),
    status: optional(map, "status", (status) => readInteger(cx, status, "`status`", 0, 999)),
    instance: text("instance"),
    title: text("title"),
    detail: text(detailKey),
  });
}

/** Warns of a type that lies among the standard ones and is none of them. */
function checkStandardType(cx: Context, node: SourceNode, type: string): void {
  const kind = standardBase.exec(type)?.[1];
  if (kind === undefined || standardKinds.includes(kind)) return;
  const near = nearest(kind, standardKinds);
  const advice = near === undefined ? `they are ${standardKinds.join(", ")}` : `did you mean \`${near}\`?`;
  cx.problems.add("unknown-error-type", node, node, `"${kind}" is not one of the standard error types`, advice);
}
