// `call: http` (dsl-reference.md, "HTTP Call").
import { child, type Context } from "../context.ts";
import { readEndpoint } from "../endpoint.ts";
import { isExpressionText, isLiteral, readTemplate, readTextTemplate, type Site } from "../expressions.ts";
import type { HttpCall, Template } from "../ir.ts";
import { invalid, lacks, optional, present, readBoolean, readChoice, readShape, readText, wrongType } from "../read.ts";
import { isText, type MappingNode, type SourceNode } from "../source/node.ts";

/** The stand-in for a call that is refused. */
export const noHttpCall: HttpCall = {
  kind: "http",
  method: { kind: "constant", value: null },
  endpoint: { kind: "uri", parts: [] },
  output: "content",
  redirect: false,
};

/** Reads the arguments of an HTTP call. */
export function readHttpCall(cx: Context, task: MappingNode, site: Site): HttpCall {
  const node = child(task, "with");
  if (node === undefined) {
    if (lacks(cx, task, "with"))
      cx.problems.add("missing-key", task.label, task, "An HTTP call needs the key `with`, with `method` and `endpoint` in it");
    return noHttpCall;
  }
  const keys = ["method", "endpoint", "headers", "body", "query", "output", "redirect"];
  const map = readShape(cx, node, { what: "the `with` of an HTTP call", keys, required: ["method", "endpoint"] });
  if (map === undefined) return noHttpCall;
  return present<HttpCall>({
    kind: "http",
    method: optional(map, "method", (method) => readMethod(cx, method, site)) ?? noHttpCall.method,
    endpoint: optional(map, "endpoint", (endpoint) => readEndpoint(cx, endpoint, site)) ?? noHttpCall.endpoint,
    headers: optional(map, "headers", (headers) => readParameters(cx, headers, "headers", false, site)),
    query: optional(map, "query", (query) => readParameters(cx, query, "query", true, site)),
    body: optional(map, "body", (body) => readTemplate(cx, body, site)),
    output: optional(map, "output", (output) => readChoice(cx, output, "`output`", ["raw", "content", "response"])) ?? "content",
    redirect: optional(map, "redirect", (redirect) => readBoolean(cx, redirect, "`redirect`")) ?? false,
  });
}

/** A method is a token (RFC 9110, section 5.6.2). */
const token = /^[!#$%&'*+.^_`|~\w-]+$/;

function readMethod(cx: Context, node: SourceNode, site: Site): Template | undefined {
  const text = readText(cx, node, "`method`");
  if (text === undefined) return undefined;
  const template = readTextTemplate(cx, text, site);
  if (isLiteral(template, text) && !token.test(text.json))
    invalid(cx, node, `"${text.json}" is not an HTTP method`, "write `get`, `post`, `put` and so on");
  return template;
}

/** Reads headers or query parameters: a mapping of scalars (of lists of them too, in a query), or an expression. */
function readParameters(cx: Context, node: SourceNode, key: string, lists: boolean, site: Site): Template | undefined {
  if (isText(node) && isExpressionText(cx, node)) return readTextTemplate(cx, node, site);
  if (node.kind !== "mapping") return wrongType(cx, node, `\`${key}\``, "a mapping or an expression");
  for (const { key: name, value } of node.entries.values()) {
    const list = lists && value.kind === "sequence" && value.items.every((item) => item.kind === "scalar");
    if (value.kind !== "scalar" && !list)
      wrongType(cx, value, `\`${name}\``, lists ? "a single value, or a list of them" : "a single value");
  }
  return readTemplate(cx, node, site);
}
