// Endpoints (dsl-reference.md, "Endpoint" and "URI Template"): a URI with `{variables}` of RFC 6570 level 1, with
// expressions in it, or one expression that gives the whole of it.
import { readAuthentication } from "./authentication.ts";
import type { Context } from "./context.ts";
import { readSegments, readTextTemplate, reportUnclosed, type Site } from "./expressions.ts";
import type { EndpointPart, EndpointTemplate, ResourceTemplate } from "./ir.ts";
import { invalid, optional, readShape, readText } from "./read.ts";
import { splitText, type Segment } from "./segments.ts";
import type { SourceNode, TextNode } from "./source/node.ts";

const nowhere: EndpointTemplate = { kind: "uri", parts: [] };

/** Reads an endpoint: a URI, or a mapping with `uri` and `authentication`. */
export function readEndpoint(cx: Context, node: SourceNode, site: Site): EndpointTemplate {
  if (node.kind !== "mapping") return readUri(cx, node, "`endpoint`", site);
  const map = readShape(cx, node, { what: "an endpoint", keys: ["uri", "authentication"], required: ["uri"] });
  if (map === undefined) return nowhere;
  const authentication = optional(map, "authentication", (policy) => readAuthentication(cx, policy, site));
  return { ...(optional(map, "uri", (uri) => readUri(cx, uri, "`uri`", site)) ?? nowhere), ...(authentication && { authentication }) };
}

/** Reads an external resource (dsl-reference.md, "External Resource"). */
export function readResource(cx: Context, node: SourceNode, what: string, site: Site): ResourceTemplate {
  const map = readShape(cx, node, { what, keys: ["name", "endpoint"], required: ["endpoint"] });
  if (map === undefined) return { endpoint: nowhere };
  const name = optional(map, "name", (text) => readText(cx, text, "`name`"))?.json;
  const endpoint = optional(map, "endpoint", (at) => readEndpoint(cx, at, site)) ?? nowhere;
  return { ...(name !== undefined && { name }), endpoint };
}

function readUri(cx: Context, node: SourceNode, what: string, site: Site): EndpointTemplate {
  const text = readText(cx, node, what);
  if (text === undefined) return nowhere;
  const split = splitText(text.json, cx.evaluation.language);
  switch (split.kind) {
    case "whole":
      return { kind: "expression", template: readTextTemplate(cx, text, site) };
    case "unclosed":
      reportUnclosed(cx, text, split.offset);
      return nowhere;
    case "literal":
      return readLooseUri(cx, text, site) ?? { kind: "uri", parts: readLiteral(cx, text, text.json) };
    case "mixed":
      return { kind: "uri", parts: split.segments.flatMap((segment) => readSegment(cx, text, segment, site)) };
  }
}

/** A text that is an expression without a mark. A text with variables is a template, though a mapping reads alike. */
function readLooseUri(cx: Context, text: TextNode, site: Site): EndpointTemplate | undefined {
  const template = text.json.includes("{") ? undefined : readTextTemplate(cx, text, site);
  return template?.kind === "expression" ? { kind: "expression", template } : undefined;
}

function readSegment(cx: Context, node: TextNode, segment: Segment, site: Site): EndpointPart[] {
  if (segment.kind === "literal") return readLiteral(cx, node, segment.text);
  return readSegments(cx, node, [segment], site).map((part) => (typeof part === "string" ? part : { expression: part }));
}

/** A variable's name as RFC 6570 has it: a dot in it is a part of the name. */
const variableName = /^(?:\w|%[\da-fA-F]{2})+(?:\.(?:\w|%[\da-fA-F]{2})+)*$/;

function readLiteral(cx: Context, node: TextNode, text: string): EndpointPart[] {
  if (/\s/.test(text) || text === "") {
    invalid(cx, node, text === "" ? "The URI is empty" : "A URI has no white space");
    return [];
  }
  return text.split(/(\{[^{}]*\})/).flatMap((part) => readPart(cx, node, part));
}

function readPart(cx: Context, node: TextNode, part: string): EndpointPart[] {
  if (part === "") return [];
  if (!/[{}]/.test(part)) return [part];
  const variable = part.slice(1, -1);
  if (variableName.test(variable)) return [{ variable }];
  const advice = "only `{name}` is supported, with letters, digits, underscores and dots; for more, write an expression: `${ ... }`";
  invalid(cx, node, `\`${part}\` is not a variable of a URI template`, advice);
  return [];
}
