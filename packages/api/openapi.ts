// The OpenAPI 3.1 document, made from the routes and schemas.
import type { Json, JsonObject } from "@baton/core";
import { problemType } from "./problem.ts";
import { commonErrors, pathParameters, pathsOf, routes, type Answer, type Parameter, type ParameterKind, type Route } from "./routes.ts";
import { reference, schemas } from "./schemas.ts";
import { statusOf } from "./status.ts";

const namePattern = "^[a-zA-Z0-9](?:[a-zA-Z0-9-]{0,61}[a-zA-Z0-9])?$";

/** The whole document. */
export function openApiDocument(version: string): JsonObject {
  return {
    openapi: "3.1.0",
    info: {
      title: "Baton",
      version,
      summary: "Service orchestration and task scheduling in one engine.",
      license: { name: "Apache-2.0", identifier: "Apache-2.0" },
    },
    servers: [{ url: "/" }],
    security: [{ token: [] }],
    tags: [
      { name: "flows" },
      { name: "runs" },
      { name: "jobs" },
      { name: "queues" },
      { name: "locks" },
      { name: "deployments" },
      { name: "nodes" },
      { name: "schedules" },
      { name: "functions" },
      { name: "secrets" },
      { name: "webhooks" },
      { name: "server" },
    ],
    paths: paths(),
    components: {
      securitySchemes: { token: { type: "http", scheme: "bearer", description: "Asked for where the server was started with a token." } },
      schemas: { ...schemas },
    },
  };
}

function paths(): JsonObject {
  const items: { [path: string]: { [method: string]: Json } } = {};
  for (const [operationId, route] of Object.entries(routes)) {
    for (const [i, path] of pathsOf(route).entries()) {
      const item = (items[path] ??= {});
      item[route.method.toLowerCase()] = operation(i === 0 ? operationId : `${operationId}InNamespace`, path, route);
    }
  }
  return items;
}

function operation(operationId: string, path: string, route: Route): JsonObject {
  const parameters = [...pathParameters(path).map(pathParameter), ...route.parameters.map(parameter)];
  return {
    operationId,
    tags: [route.tag],
    summary: route.summary,
    ...(route.open === true ? { security: [] } : {}),
    ...(parameters.length === 0 ? {} : { parameters }),
    ...(route.body === undefined ? {} : { requestBody: requestBody(route.body) }),
    responses: { ...answers(route), ...problems(route) },
  };
}

function pathParameter(name: string): JsonObject {
  const pattern = name === "namespace" || name === "name" ? { pattern: namePattern } : {};
  return { name, in: "path", required: true, schema: { type: "string", ...pattern } };
}

function parameter({ name, in: place, kind, summary }: Parameter): JsonObject {
  return { name, in: place, description: summary, schema: schemaOf(kind) };
}

function schemaOf(kind: ParameterKind): JsonObject {
  switch (kind.type) {
    case "text":
      return { type: "string", maxLength: kind.maxLength };
    case "name":
      return { type: "string", pattern: namePattern };
    case "choice":
      return { type: "string", enum: kind.of };
    case "integer":
      return { type: "integer", minimum: kind.min, maximum: kind.max };
    case "instant":
      return { type: "string", format: "date-time" };
    case "wait":
      return { type: "string", examples: ["30s"] };
  }
}

function requestBody(body: NonNullable<Route["body"]>): JsonObject {
  const schema = (type: string): JsonObject =>
    body.schema !== undefined ? reference(body.schema) : type === "application/json" ? {} : { type: "string" };
  return {
    description: body.summary,
    required: body.required,
    content: Object.fromEntries(body.types.map((type) => [type, { schema: schema(type) }])),
  };
}

function answers(route: Route): JsonObject {
  return Object.fromEntries(Object.entries(route.answers).map(([status, answer]) => [status, response(answer)]));
}

function response(answer: Answer): JsonObject {
  if (answer.schema !== undefined)
    return { description: answer.summary, content: { "application/json": { schema: reference(answer.schema) } } };
  const schema: JsonObject = answer.mediaType === "application/json" ? { type: "object" } : { type: "string" };
  return { description: answer.summary, ...(answer.mediaType === undefined ? {} : { content: { [answer.mediaType]: { schema } } }) };
}

/** One response per status, with the codes that it can carry. */
function problems(route: Route): JsonObject {
  const common = route.open === true ? ["internal"] : commonErrors;
  const codes = Map.groupBy([...common, ...route.errors], (code) => statusOf(code, false));
  const entry = (names: readonly string[]): JsonObject => ({
    description: names.map((name) => `\`${name}\``).join(", "),
    content: { [problemType]: { schema: reference("Problem") } },
  });
  const taken = new Set(Object.keys(route.answers));
  return Object.fromEntries(
    [...codes]
      .filter(([status]) => !taken.has(String(status)))
      .sort(([a], [b]) => a - b)
      .map(([status, names]) => [String(status), entry(names)]),
  );
}
