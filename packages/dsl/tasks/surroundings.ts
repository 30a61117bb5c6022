// What all processes of a `run` have in common: what they are given (dsl-reference.md, "Container Process", "Shell Process",
// "Script Process").
import type { Context } from "../context.ts";
import { readMarkedText, readTemplate, readTextTemplate, type Site } from "../expressions.ts";
import type { ShellProcess, Template } from "../ir.ts";
import { optional, present, readMapping, readSequence, readText } from "../read.ts";
import type { MappingNode, SourceNode } from "../source/node.ts";

/** The keys of what a process is given. */
export const surroundings: readonly string[] = ["stdin", "arguments", "environment"];

/** What a process is given. */
export type Surroundings = Pick<ShellProcess, "stdin" | "arguments" | "environment">;

/** Reads them; `read` reads the arguments. */
export function readSurroundings(cx: Context, map: MappingNode, site: Site, read: typeof readArguments): Surroundings {
  return present<Surroundings>({
    stdin: optional(map, "stdin", (stdin) => readString(cx, stdin, "`stdin`", site)),
    arguments: optional(map, "arguments", (list) => read(cx, list, site)),
    environment: optional(map, "environment", (node) => readMapping(cx, node, "`environment`") && readTemplate(cx, node, site)),
  });
}

/** A list of texts. */
export function readArguments(cx: Context, node: SourceNode, site: Site): Template | undefined {
  const list = readSequence(cx, node, "`arguments`");
  for (const item of list?.items ?? []) readText(cx, item, "an argument");
  return list && readTemplate(cx, list, site);
}

/** A text, or an expression that gives one. */
export function readString(cx: Context, node: SourceNode, what: string, site: Site): Template | undefined {
  const text = readText(cx, node, what);
  return text && readTextTemplate(cx, text, site);
}

/** A text in another language: what is not marked as an expression is never one. */
export function readProgram(cx: Context, node: SourceNode, what: string, site: Site): Template | undefined {
  const text = readText(cx, node, what);
  return text && readMarkedText(cx, text, site);
}
