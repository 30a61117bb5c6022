// The default catalog: functions are added, listed, read and taken out.
import type { AppliedFunction, CatalogFunction, CatalogFunctionSummary } from "@baton/api";
import { formatInstant } from "@baton/core";
import type { FunctionName } from "@baton/runtime";
import type { StoredFunction } from "@baton/storage";
import { tenant, type ApiRequest, type Handler } from "../exchange.ts";
import { InvalidRequest } from "../http/problems.ts";
import { mistakesIn, problemItem } from "./diagnostics.ts";
import { pageOf, pageSizeOf, startAfter } from "./paging.ts";

/** GET /v1/functions */
export const listFunctions: Handler = async (request, { runtime }) => {
  const all = await runtime.functions.list(tenant, request.text("namespace"));
  const after = startAfter(request);
  const from = after === undefined ? 0 : all.findIndex((one) => keyOf(one) === after) + 1;
  return { status: 200, value: pageOf(all.slice(from).map(summaryOf), pageSizeOf(request), keyOf) };
};

/** GET /v1/namespaces/{namespace}/functions/{name}/versions/{version} */
export const getFunction: Handler = async (request, { runtime }) => {
  const stored = await runtime.functions.get(tenant, nameOf(request));
  const value: CatalogFunction = { ...summaryOf(stored), source: stored.source };
  return { status: 200, value };
};

/** PUT /v1/namespaces/{namespace}/functions/{name}/versions/{version} */
export const putFunction: Handler = async (request, { runtime }) => {
  const name = nameOf(request);
  const applied = await runtime.functions.put(tenant, name, request.body);
  if (!applied.ok)
    throw new InvalidRequest("function-invalid", mistakesIn("function", applied.diagnostics), applied.diagnostics.map(problemItem));
  const { created, warnings } = applied;
  const value: AppliedFunction = { ...name, created, warnings: warnings.map(problemItem) };
  return { status: created ? 201 : 200, value };
};

/** DELETE /v1/namespaces/{namespace}/functions/{name}/versions/{version} */
export const deleteFunction: Handler = async (request, { runtime }) => {
  await runtime.functions.delete(tenant, nameOf(request));
  return { status: 204 };
};

function nameOf({ path }: ApiRequest): FunctionName {
  const { namespace = "", name = "", version = "" } = path;
  return { namespace, name, version };
}

function keyOf({ namespace, name, version }: FunctionName): string {
  return `${namespace}/${name}:${version}`;
}

function summaryOf({ namespace, name, version, createdAt }: StoredFunction): CatalogFunctionSummary {
  return { namespace, name, version, createdAt: formatInstant(createdAt) };
}
