// Operations: one thing done to every run that fits a filter.
import type { Operation } from "@baton/api";
import { isObject, type Json, type JsonObject } from "@baton/core";
import { operationLimits, type OperationSpec, type OperationVerb, type OperationView } from "@baton/runtime";
import { tenant, type Handler } from "../exchange.ts";
import { readJsonBody } from "../http/json-body.ts";
import { InvalidRequest } from "../http/problems.ts";
import { pageOf, pageSizeOf, startAfter } from "./paging.ts";
import { checkFilter } from "./run-filters.ts";

const actions = ["cancel", "terminate", "suspend", "resume", "retry", "migrate"] as const;
const keys = ["action", "filter", "rate", "version", "check"];

/** POST /v1/operations */
export const startOperation: Handler = async (request, { runtime }) => {
  const value: Operation = await runtime.operations.start(tenant, readSpec(readJsonBody(request.body)));
  return { status: 202, value, headers: { location: `/v1/operations/${value.id}` } };
};

/** GET /v1/operations */
export const listOperations: Handler = async (request, { runtime }) => {
  const size = pageSizeOf(request);
  const found: readonly OperationView[] = await runtime.operations.list(tenant, startAfter(request) ?? null, size + 1);
  return { status: 200, value: pageOf(found, size, ({ id }) => id) };
};

/** GET /v1/operations/{id} */
export const getOperation: Handler = async (request, { runtime }) => {
  return { status: 200, value: await runtime.operations.get(tenant, request.path["id"] ?? "") };
};

/** POST /v1/operations/{id}:pause, :resume and :stop */
export function commandOperation(verb: OperationVerb): Handler {
  return async (request, { runtime }) => {
    return { status: 200, value: await runtime.operations.command(tenant, request.path["id"] ?? "", verb) };
  };
}

function readSpec(body: Json): OperationSpec {
  if (!isObject(body)) throw invalid(`it must be an object with ${keys.join(", ")}`, "");
  const unknown = Object.keys(body).find((key) => !keys.includes(key));
  if (unknown !== undefined) throw invalid(`there is no ${unknown}; it has ${keys.join(", ")}`, `/${unknown}`);
  const action = actions.find((one) => one === body["action"]);
  if (action === undefined) throw invalid(`action must be one of ${actions.join(", ")}`, "/action");
  const { filter } = body;
  if (typeof filter !== "string" || filter.trim() === "") throw invalid("filter must say which runs are meant", "/filter");
  checkFilter(filter, Date.now());
  return { action, filter, rate: readRate(body), ...(action === "migrate" ? readMigration(body) : noMigration(body)) };
}

function readRate({ rate = operationLimits.defaultRate }: JsonObject): number {
  if (typeof rate === "number" && rate > 0 && rate <= operationLimits.maxRate) return rate;
  throw invalid(`rate must be a number of runs in a second, at most ${operationLimits.maxRate}`, "/rate");
}

function readMigration({ version, check = false }: JsonObject): Pick<OperationSpec, "version" | "check"> {
  if (typeof version !== "string" || version === "") throw invalid("version must name the version to go on with", "/version");
  if (typeof check !== "boolean") throw invalid("check must be true or false", "/check");
  return { version, check };
}

function noMigration(body: JsonObject): Record<string, never> {
  const own = ["version", "check"].find((key) => body[key] !== undefined);
  if (own !== undefined) throw invalid(`${own} belongs to a migration`, `/${own}`);
  return {};
}

function invalid(detail: string, pointer: string): InvalidRequest {
  return new InvalidRequest("body-malformed", `In the body, ${detail}.`, [{ detail, pointer }]);
}
