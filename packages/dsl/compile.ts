// From text to workflow: parse, check, compile. Every problem is reported; a document with an error gives none.
import type { Instant, JsonObject } from "@baton/core";
import { child, emptyScope, type Context, type TaskPlace } from "./context.ts";
import type { Diagnostic } from "./diagnostics.ts";
import { findEvaluation } from "./evaluation.ts";
import type { Workflow } from "./ir.ts";
import { maxDocumentLength } from "./limits.ts";
import { Problems } from "./problems.ts";
import type { FetchedResource, ResourceDesk, ResourceNeed } from "./resource-desk.ts";
import { parseJsonText } from "./source/json.ts";
import type { SourceNode } from "./source/node.ts";
import { SourceText } from "./source/text.ts";
import { parseYaml } from "./source/yaml.ts";
import { compileList, compileTask } from "./tasks/list.ts";
import { warnOfUnreachableTasks, warnOfUnusedDefinitions } from "./warnings.ts";
import { checkUse, compileTop, findDefinitions } from "./workflow.ts";

/** How a text is to be read. */
export interface CompileOptions {
  /** The file's name: `.json` tells the format where none is given. */
  readonly file?: string;
  /** Absent: JSON for a file that is called so, or a text that is JSON; else YAML. */
  readonly format?: "yaml" | "json";
  /** Absent: a schedule whose time is over is not refused, as is right for a document that is registered already. */
  readonly now?: Instant;
  /** The external resources that the document is made of, as far as they were fetched. */
  readonly resources?: ReadonlyMap<string, FetchedResource>;
}

/**
 * A workflow with the warnings about it, or all that is wrong with the document. A workflow that needs resources is not
 * whole: fetch them, and compile the document again with them.
 */
export type CompileResult =
  | { readonly ok: true; readonly workflow: Workflow; readonly warnings: readonly Diagnostic[]; readonly needs: readonly ResourceNeed[] }
  | { readonly ok: false; readonly diagnostics: readonly Diagnostic[] };

/** Compiles the text of a workflow, YAML or JSON. */
export function compileWorkflow(text: string, options: CompileOptions = {}): CompileResult {
  const source = new SourceText(text);
  if (text.length > maxDocumentLength) return tooLarge(source);
  const { root, problems } = parse(text, options);
  const resources: ResourceDesk = { fetched: options.resources ?? new Map(), needs: new Map() };
  const workflow = root && compileRoot(newContext(source, root, problems, options.now, resources), root);
  const diagnostics = problems.diagnostics(source, root);
  if (workflow === undefined || problems.refused) return { ok: false, diagnostics };
  return { ok: true, workflow, warnings: diagnostics, needs: [...resources.needs.values()] };
}

/** A function that is right by itself, or all that is wrong with it. */
export type FunctionResult =
  | { readonly ok: true; readonly warnings: readonly Diagnostic[]; readonly needs: readonly ResourceNeed[] }
  | { readonly ok: false; readonly diagnostics: readonly Diagnostic[] };

/** Checks the text of a function, a task that stands alone (dsl.md, "Creating a Custom Function"). */
export function compileFunction(text: string, options: CompileOptions = {}): FunctionResult {
  const source = new SourceText(text);
  if (text.length > maxDocumentLength) return tooLarge(source);
  const { root, problems } = parse(text, options);
  const resources: ResourceDesk = { fetched: options.resources ?? new Map(), needs: new Map() };
  const task = root && newContext(source, root, problems, options.now, resources).task("function", root, aloneAt(""));
  const diagnostics = problems.diagnostics(source, root);
  if (task === undefined || problems.refused) return { ok: false, diagnostics };
  return { ok: true, warnings: diagnostics, needs: [...resources.needs.values()] };
}

/** Compiles a workflow that is given as a value, such as one that was stored. */
export function compileDefinition(definition: JsonObject): CompileResult {
  return compileWorkflow(JSON.stringify(definition), { format: "json" });
}

function aloneAt(reference: string): TaskPlace {
  return { reference, scope: emptyScope, siblings: new Map(), lists: undefined };
}

function tooLarge(source: SourceText): Extract<CompileResult, { ok: false }> {
  const problems = new Problems();
  const message = `The document has ${source.text.length} characters, more than the ${maxDocumentLength} that are read`;
  problems.add("document-too-large", { start: 0, end: 0 }, undefined, message, "split it into workflows that run one another");
  return { ok: false, diagnostics: problems.diagnostics(source, undefined) };
}

interface Parsed {
  readonly root: SourceNode | undefined;
  readonly problems: Problems;
}

function parse(text: string, { file, format }: CompileOptions): Parsed {
  if (format === "json" || (format === undefined && file?.endsWith(".json"))) return parseWith(parseJsonText, text);
  if (format === undefined && /^\s*\{/.test(text)) {
    const parsed = parseWith(parseJsonText, text);
    if (parsed.root !== undefined) return parsed;
  }
  return parseWith(parseYaml, text);
}

function parseWith(parser: (text: string, problems: Problems) => SourceNode | undefined, text: string): Parsed {
  const problems = new Problems();
  return { root: parser(text, problems), problems };
}

function compileRoot(cx: Context, root: SourceNode): Workflow | undefined {
  const workflow = compileTop(cx, root);
  // Functions that nothing calls are compiled here, and their tasks belong to no workflow.
  checkUse({ ...cx, tasks: new Map() }, root);
  if (workflow === undefined || cx.problems.refused) return workflow;
  warnOfUnusedDefinitions(cx, root);
  const tasks = root.kind === "mapping" ? child(root, "do") : undefined;
  if (tasks !== undefined) warnOfUnreachableTasks(cx, workflow.do, tasks);
  return workflow;
}

function newContext(text: SourceText, root: SourceNode, problems: Problems, now: Instant | undefined, resources: ResourceDesk): Context {
  return {
    problems,
    text,
    now,
    resources,
    ...findDefinitions(root),
    evaluation: findEvaluation(root),
    used: { authentications: new Set(), errors: new Set(), functions: new Set(), retries: new Set(), timeouts: new Set() },
    about: undefined,
    compensating: undefined,
    secretsRead: new Set(),
    tasks: new Map(),
    meant: new Map(),
    taskCount: 0,
    calling: [],
    list(node, place) {
      return compileList(this, node, place);
    },
    task(name, node, place) {
      return compileTask(this, name, node, place);
    },
  };
}
