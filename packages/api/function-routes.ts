// Routes about the default catalog: functions that flows call as `name:version@default`.
import { bodyErrors, ifNoneMatch, namespaceFilter, pageSize, pageToken, type BodyRule, type Route } from "./route.ts";

const path = "/v1/namespaces/{namespace}/functions/{name}/versions/{version}";

const functionBody: BodyRule = {
  types: ["text/yaml", "application/yaml", "application/x-yaml", "application/json"],
  summary: "The function: one task, YAML or JSON.",
  required: true,
};

/** By operation. */
export const functionRoutes = {
  listFunctions: {
    method: "GET",
    path: "/v1/functions",
    tag: "functions",
    summary: "Lists the functions of the default catalog by namespace and name, the newest version of each first.",
    parameters: [namespaceFilter, pageSize, pageToken],
    answers: { 200: { summary: "One page.", schema: "FunctionPage" } },
    errors: [],
  },
  getFunction: {
    method: "GET",
    path,
    tag: "functions",
    summary: "One version of a function.",
    parameters: [ifNoneMatch],
    answers: { 200: { summary: "The function.", schema: "Function" }, 304: { summary: "Nothing has changed." } },
    errors: ["function-unknown"],
  },
  putFunction: {
    method: "PUT",
    path,
    tag: "functions",
    summary: "Adds a version of a function to the default catalog. Flows of its namespace can call it, those of `default` everybody.",
    parameters: [],
    body: functionBody,
    answers: {
      200: { summary: "This version was there already, with the same content.", schema: "AppliedFunction" },
      201: { summary: "The version is new.", schema: "AppliedFunction" },
    },
    errors: [...bodyErrors, "function-invalid", "function-name-invalid", "function-version-taken"],
  },
  deleteFunction: {
    method: "DELETE",
    path,
    tag: "functions",
    summary: "Takes a version of a function out of the default catalog. Flows that are registered keep what they were made of.",
    parameters: [],
    answers: { 204: { summary: "It is gone." } },
    errors: ["function-unknown"],
  },
} as const satisfies { readonly [operationId: string]: Route };
