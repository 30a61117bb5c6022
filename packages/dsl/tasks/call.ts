// `call`: HTTP, an operation, or a function, the document's own or one that lies elsewhere (dsl-reference.md, "Call"). A function's task is compiled once
// for each call, so that its errors point at the call.
import { child, emptyScope, type Context } from "../context.ts";
import { readTemplate } from "../expressions.ts";
import type { CallTask, CodeCall, FunctionCall } from "../ir.ts";
import { didYouMean, optional, present, readMapping, readText } from "../read.ts";
import type { TextNode } from "../source/node.ts";
import { refuse, type UnsupportedFeature } from "../unsupported.ts";
import { compileExternal, isExternal } from "./external-function.ts";
import { noHttpCall, readHttpCall } from "./http.ts";
import { readOpenApiCall } from "./openapi.ts";
import type { KindCompiler, TaskSource } from "./kind.ts";

const protocolsToCome: ReadonlyMap<string, UnsupportedFeature> = new Map([
  ["asyncapi", "call.asyncapi"],
  ["grpc", "call.grpc"],
  ["a2a", "call.a2a"],
  ["mcp", "call.mcp"],
]);

export const callCompiler: KindCompiler<"call"> = {
  keys: ["call", "with"],
  required: ["call"],
  compile(cx, source) {
    const name = optional(source.map, "call", (node) => readText(cx, node, "`call`"));
    return { ...source.base, kind: "call", call: (name && readCall(cx, name, source)) ?? noHttpCall };
  },
};

function readCall(cx: Context, name: TextNode, source: TaskSource): CallTask["call"] | undefined {
  if (name.json === "http") return readHttpCall(cx, source.map, source.site);
  if (name.json === "openapi") return readOpenApiCall(cx, source.map, source.site);
  const feature = protocolsToCome.get(name.json);
  if (feature !== undefined) {
    refuse(cx, feature, name, name);
    return undefined;
  }
  if (cx.definitions.functions.has(name.json) || isExternal(name.json)) return readFunctionCall(cx, name, source);
  reportUnknown(cx, name);
  return undefined;
}

function reportUnknown(cx: Context, name: TextNode): void {
  const text = name.json;
  const known = (): string[] => ["http", "openapi", ...protocolsToCome.keys(), ...cx.definitions.functions.keys()];
  const advice = (): string => didYouMean(text, known()) ?? "define it in `use.functions`";
  return cx.problems.add("unknown-reference", name, name, `There is no function \`${text}\` to call`, advice);
}

function readFunctionCall(cx: Context, name: TextNode, source: TaskSource): FunctionCall | CodeCall | undefined {
  const given = child(source.map, "with");
  const arguments_ = given && readMapping(cx, given, "`with`") && readTemplate(cx, given, source.site);
  const { reference } = source.place;
  const own = cx.definitions.functions.has(name.json);
  const found = own ? compileFunction(cx, name.json, reference, name) : compileExternal(cx, name, reference);
  if (found === undefined) return undefined;
  if ("version" in found) return present<CodeCall>({ kind: "code", function: found.name, version: found.version, with: arguments_ });
  return present<FunctionCall>({ kind: "function", name: name.json, with: arguments_, task: found });
}

/** Compiles a function's task under a reference; the call that leads back into a function is refused. */
export function compileFunction(
  cx: Context,
  name: string,
  reference: string,
  call: TextNode | undefined,
): FunctionCall["task"] | undefined {
  const definition = cx.definitions.functions.get(name);
  if (definition === undefined) return undefined;
  if (call !== undefined) cx.used.functions.add(name);
  const from = cx.calling.indexOf(name);
  if (from >= 0 && call !== undefined) {
    const circle = [...cx.calling.slice(from), name].join(" -> ");
    cx.problems.add("recursive-function", call, call, `Functions cannot call themselves: ${circle}`, "use a loop, or `run: workflow`");
    return undefined;
  }
  cx.calling.push(name);
  const task = cx.task(name, definition.value, { reference, scope: emptyScope, siblings: new Map(), lists: undefined });
  cx.calling.pop();
  return task;
}
