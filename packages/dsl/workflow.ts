// The top level of a document (dsl-reference.md, "Workflow"): what it is called, what it may reuse, what it does.
import { isObject } from "@baton/core";
import { readPolicy } from "./authentication.ts";
import { child, emptyScope, type Context, type DefinitionKind } from "./context.ts";
import { readInput, readOutput } from "./data.ts";
import { readEndpoint } from "./endpoint.ts";
import { readTimeout, readTimeoutDefinition } from "./durations.ts";
import { checkEvaluate } from "./evaluation.ts";
import { readErrorDefinition } from "./error-definitions.ts";
import { checkExtensions } from "./extensions.ts";
import { findExtensions } from "./extension-source.ts";
import type { Point, Site } from "./expressions.ts";
import type { TaskList, Workflow } from "./ir.ts";
import { readConcurrency } from "./concurrency.ts";
import { readAttributes } from "./attributes.ts";
import { readIdempotencyKey } from "./idempotency.ts";
import { checkMetadata, documentKeys, readPlacement } from "./metadata.ts";
import { namePattern, versionPattern } from "./names.ts";
import { invalid, optional, present, readMapping, readSequence, readShape, readText, wrongType } from "./read.ts";
import { readRetryPolicy } from "./retry.ts";
import { readRetention } from "./retention.ts";
import { readSchedule } from "./schedule/read-schedule.ts";
import type { Entry, MappingNode, SourceNode } from "./source/node.ts";
import { compileFunction } from "./tasks/call.ts";

const site = (point: Point): Site => ({ point, scope: emptyScope });
const supportedDsl = /^1\.0\.\d+/;
/** The version that is suggested to those who name one that is not supported. */
const currentDsl = "1.0.3";

/** Reads the top level; the context holds its definitions already. */
export function compileTop(cx: Context, root: SourceNode): Workflow | undefined {
  const keys = ["document", "input", "use", "do", "timeout", "output", "schedule", "evaluate"];
  const map = readShape(cx, root, { what: "a workflow", keys, required: ["document", "do"] });
  if (map === undefined) return undefined;
  const header = optional(map, "document", (document) => readHeader(cx, document)) ?? {};
  optional(map, "evaluate", (evaluate) => checkEvaluate(cx, evaluate));
  const tasks = child(map, "do");
  return present<Workflow>({
    dsl: header.dsl ?? "",
    namespace: header.namespace ?? "",
    name: header.name ?? "",
    version: header.version ?? "",
    title: header.title,
    summary: header.summary,
    tags: header.tags ?? {},
    definition: isObject(root.json) ? root.json : {},
    secrets: cx.secrets,
    input: optional(map, "input", (input) => readInput(cx, input, "a workflow's `input`", site("workflow input"))),
    output: optional(map, "output", (output) => readOutput(cx, output, "a workflow's `output`", site("workflow output"))),
    timeout: optional(map, "timeout", (timeout) => readTimeout(cx, timeout, site("workflow input"))),
    ...readSchedule(cx, map),
    retention: readRetention(cx, map),
    attributes: readHeaderWith(map, (header) => readAttributes(cx, header, site("workflow input"))),
    idempotencyKey: readHeaderWith(map, (header) => readIdempotencyKey(cx, header, site("workflow input"))),
    concurrency: readHeaderWith(map, (header) => readConcurrency(cx, header, site("workflow input"))),
    placement: readHeaderWith(map, (header) => readPlacement(cx, header, site("workflow input"))),
    do: tasks ? readTasks(cx, tasks) : [],
    tasks: cx.tasks,
  });
}

function readTasks(cx: Context, node: SourceNode): TaskList {
  return cx.list(node, { reference: "/do", scope: emptyScope, outer: undefined });
}

function readHeaderWith<Value>(map: MappingNode, read: (header: MappingNode) => Value): Value | undefined {
  const header = child(map, "document");
  return header?.kind === "mapping" ? read(header) : undefined;
}

type Header = { [key in "dsl" | "namespace" | "name" | "version" | "title" | "summary"]?: string } & { tags?: Workflow["tags"] };

function readHeader(cx: Context, node: SourceNode): Header | undefined {
  const required = ["dsl", "namespace", "name", "version"];
  const map = readShape(cx, node, { what: "`document`", keys: [...required, "title", "summary", "tags", "metadata"], required });
  if (map === undefined) return undefined;
  optional(map, "metadata", (metadata) => checkMetadata(cx, metadata, site("workflow input"), documentKeys));
  const text = (key: string): string | undefined => optional(map, key, (value) => readText(cx, value, `\`${key}\``))?.json;
  return present<Header>({
    dsl: readDslVersion(cx, map),
    namespace: readPattern(cx, map, "namespace", namePattern, "use letters, digits and hyphens, at most 63"),
    name: readPattern(cx, map, "name", namePattern, "use letters, digits and hyphens, at most 63"),
    version: readPattern(cx, map, "version", versionPattern, 'write a semantic version: "1.0.0"'),
    title: text("title"),
    summary: text("summary"),
    tags: optional(map, "tags", (tags) => readTags(cx, tags)),
  });
}

function readPattern(cx: Context, map: MappingNode, key: string, pattern: RegExp, advice: string): string | undefined {
  const text = optional(map, key, (value) => readText(cx, value, `\`${key}\``, advice));
  if (text !== undefined && !pattern.test(text.json)) invalid(cx, text, `"${text.json}" is not a workflow's ${key}`, advice);
  return text?.json;
}

function readDslVersion(cx: Context, map: MappingNode): string | undefined {
  const advice = `write dsl: '${currentDsl}'`;
  const text = optional(map, "dsl", (dsl) => readText(cx, dsl, "`dsl`", advice));
  if (text === undefined) return undefined;
  if (!versionPattern.test(text.json)) invalid(cx, text, `"${text.json}" is not a version of the language`, advice);
  else if (!supportedDsl.test(text.json))
    cx.problems.add("dsl-version", text, text, `Version ${text.json} of the language is not supported; 1.0.x is`, advice);
  return text.json;
}

function readTags(cx: Context, node: SourceNode): Workflow["tags"] | undefined {
  const map = readMapping(cx, node, "`tags`");
  if (map === undefined) return undefined;
  const tags = [...map.entries.values()].map(({ key, value }) => {
    if (value.kind !== "scalar") wrongType(cx, value, `the tag \`${key}\``, "a single value");
    return [key, String(value.kind === "scalar" ? value.json : "")] as const;
  });
  return Object.fromEntries(tags);
}

/** What `use` defines, found before anything is compiled. */
export interface Use {
  readonly definitions: Context["definitions"];
  readonly catalogs: Context["catalogs"];
  readonly extensions: Context["extensions"];
  readonly secrets: readonly string[];
}

/** Finds the definitions of `use` without checking any. */
export function findDefinitions(root: SourceNode): Use {
  const use = root.kind === "mapping" ? child(root, "use") : undefined;
  const entriesOf = (kind: DefinitionKind | "catalogs"): ReadonlyMap<string, Entry> => {
    const map = use?.kind === "mapping" ? child(use, kind) : undefined;
    return map?.kind === "mapping" ? map.entries : new Map();
  };
  const secrets = use?.kind === "mapping" ? child(use, "secrets") : undefined;
  const names = secrets?.kind === "sequence" ? secrets.json.filter((name) => typeof name === "string") : [];
  return {
    definitions: {
      authentications: entriesOf("authentications"),
      errors: entriesOf("errors"),
      functions: entriesOf("functions"),
      retries: entriesOf("retries"),
      timeouts: entriesOf("timeouts"),
    },
    catalogs: entriesOf("catalogs"),
    extensions: findExtensions(use?.kind === "mapping" ? child(use, "extensions") : undefined),
    secrets: names,
  };
}

/** Checks `use` itself, and each of its definitions in its own right: it may be that nothing uses it. */
export function checkUse(cx: Context, root: SourceNode): void {
  const use = root.kind === "mapping" ? child(root, "use") : undefined;
  const keys = ["authentications", "errors", "extensions", "functions", "retries", "secrets", "timeouts", "catalogs"];
  const map = use && readShape(cx, use, { what: "`use`", keys });
  if (map === undefined) return;
  optional(map, "extensions", (extensions) => checkExtensions(cx, extensions));
  optional(map, "catalogs", (catalogs) => checkCatalogs(cx, catalogs));
  optional(map, "secrets", (secrets) =>
    readSequence(cx, secrets, "`secrets`")?.items.forEach((name) => readText(cx, name, "a secret's name")),
  );
  for (const kind of definitionKinds) optional(map, kind, (node) => readMapping(cx, node, `\`${kind}\``));
  checkUnused(cx);
}

function checkCatalogs(cx: Context, node: SourceNode): void {
  for (const { value } of readMapping(cx, node, "`catalogs`")?.entries.values() ?? []) {
    const map = readShape(cx, value, { what: "a catalog", keys: ["endpoint"], required: ["endpoint"] });
    if (map !== undefined) optional(map, "endpoint", (endpoint) => readEndpoint(cx, endpoint, site("task")));
  }
}

const definitionKinds = ["authentications", "errors", "functions", "retries", "timeouts"] as const;

/** Compiles what nothing has used, for its problems alone. What is used was checked where it is used. */
function checkUnused(cx: Context): void {
  for (const kind of definitionKinds) {
    for (const { key, value } of cx.definitions[kind].values()) if (!cx.used[kind].has(key)) checkDefinition(cx, kind, key, value);
  }
}

function checkDefinition(cx: Context, kind: DefinitionKind, name: string, node: SourceNode): void {
  switch (kind) {
    case "authentications":
      return void readPolicy(cx, node, site("task"));
    case "errors":
      return void readErrorDefinition(cx, node, site("task"));
    case "functions":
      return void compileFunction(cx, name, `/use/functions/${name}`, undefined);
    case "retries":
      return void readRetryPolicy(cx, node, site("task"));
    case "timeouts":
      return void readTimeoutDefinition(cx, node, site("task"));
  }
}
