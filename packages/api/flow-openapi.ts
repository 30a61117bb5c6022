// The OpenAPI 3.1 document of the flows of a namespace: each is an operation whose input and output are what the flow's
// own schemas say. A schema becomes a resource of its own (`$id`), so that its references stay inside it, in its dialect.
import { isObject, type Json, type JsonObject } from "@baton/core";
import { problemType } from "./problem.ts";
import { idempotencyKey, wait } from "./route.ts";
import { schemas } from "./schemas.ts";
import { statusOf } from "./status.ts";

/** What a schema of a flow says. */
export interface FlowSchema {
  readonly document: Json;
  /** The URI of its dialect, where it is not that of OpenAPI 3.1 (2020-12). */
  readonly dialect?: string;
}

/** A flow as a service. */
export interface FlowService {
  readonly name: string;
  readonly version: string;
  readonly title?: string;
  readonly summary?: string;
  readonly tags: { readonly [key: string]: string };
  readonly input?: FlowSchema;
  readonly output?: FlowSchema;
  /** Whether the operation is of this version, not of the newest. */
  readonly pinned: boolean;
}

/** The document. */
export function flowOpenApi(namespace: string, flows: readonly FlowService[], version: string): JsonObject {
  const own = Object.fromEntries(flows.flatMap((flow) => schemasOf(namespace, flow)));
  return {
    openapi: "3.1.0",
    info: {
      title: `Flows of ${namespace}`,
      version,
      summary: "Each operation starts a run of a flow, and waits for it as long as it is told to.",
    },
    servers: [{ url: "/" }],
    security: [{ token: [] }],
    tags: [{ name: namespace }],
    paths: Object.fromEntries(
      flows.map((flow) => [`/v1/namespaces/${namespace}/flows/${flow.name}:run`, { post: operation(namespace, flow) }]),
    ),
    components: {
      securitySchemes: { token: { type: "http", scheme: "bearer", description: "Asked for where the server was started with a token." } },
      schemas: { ...needed(["Run", "Problem"]), ...own },
    },
  };
}

function operation(namespace: string, flow: FlowService): JsonObject {
  const { name, version, title = name, summary } = flow;
  const versioned = { name: "version", in: "query", required: flow.pinned, description: "This version, not the newest." };
  return {
    operationId: name,
    tags: [namespace],
    summary: title,
    ...(summary !== undefined && { description: summary }),
    "x-baton-version": version,
    ...(Object.keys(flow.tags).length > 0 && { "x-baton-tags": flow.tags }),
    parameters: [
      { ...versioned, schema: flow.pinned ? { const: version } : { type: "string" } },
      { name: wait.name, in: "query", description: wait.summary, schema: { type: "string", examples: ["30s"] } },
      {
        name: "answer",
        in: "query",
        description: "`output`: the output itself, where the run has completed within the time to wait; `run`: always the run.",
        schema: { enum: ["run", "output"], default: "run" },
      },
      { name: idempotencyKey.name, in: "header", description: idempotencyKey.summary, schema: { type: "string" } },
    ],
    requestBody: {
      description: "The run's input.",
      required: flow.input !== undefined,
      content: { "application/json": { schema: flow.input === undefined ? {} : schemaAt(name, "input") } },
    },
    responses: responses(flow),
  };
}

function responses(flow: FlowService): JsonObject {
  const run = { $ref: "#/components/schemas/Run" };
  const output: JsonObject = flow.output === undefined ? {} : schemaAt(flow.name, "output");
  const completed = { properties: { status: { const: "completed" } } };
  const ended = { allOf: [run, { if: completed, then: { properties: { output } } }] };
  const problems = ["body-malformed", "flow-unknown", "run-not-completed"];
  return {
    "200": {
      description: "The run has ended within the time to wait; with `answer=output`, its output.",
      content: { "application/json": { schema: { anyOf: [ended, output] } } },
    },
    "202": {
      description: "The run goes on; `Location` says where to ask for it.",
      headers: { Location: { description: "The run's address.", schema: { type: "string" } } },
      content: { "application/json": { schema: run } },
    },
    ...Object.fromEntries(problems.map((code) => [String(statusOf(code, false)), problem(code)])),
    default: problem("any other code"),
  };
}

function problem(code: string): JsonObject {
  return { description: `\`${code}\``, content: { [problemType]: { schema: { $ref: "#/components/schemas/Problem" } } } };
}

function keyOf(name: string, side: "input" | "output"): string {
  return `${name}.${side}`;
}

function schemaAt(name: string, side: "input" | "output"): JsonObject {
  return { $ref: `#/components/schemas/${keyOf(name, side)}` };
}

function schemasOf(namespace: string, flow: FlowService): [string, Json][] {
  const sides = ["input", "output"] as const;
  return sides.flatMap((side): [string, Json][] => {
    const schema = flow[side];
    return schema === undefined ? [] : [[keyOf(flow.name, side), resource(schema, [namespace, flow.name, flow.version, side])]];
  });
}

/** The schema as a resource of its own. */
function resource({ document, dialect }: FlowSchema, path: readonly string[]): Json {
  if (!isObject(document)) return document;
  const named = "$schema" in document || dialect === undefined ? {} : { $schema: dialect };
  const identified = "$id" in document ? {} : { $id: `urn:baton:flow:${path.map(encodeURIComponent).join(":")}` };
  return { ...identified, ...named, ...document };
}

const reference = /"#\/components\/schemas\/([\w.-]+)"/g;

/** The API's schemas of these names, and all that they name. */
function needed(names: readonly string[]): JsonObject {
  const found = new Map<string, Json>();
  const visit = (name: string): void => {
    const schema = schemas[name];
    if (found.has(name) || schema === undefined) return;
    found.set(name, schema);
    for (const match of JSON.stringify(schema).matchAll(reference)) visit(match[1] ?? "");
  };
  for (const name of names) visit(name);
  return Object.fromEntries(found);
}
