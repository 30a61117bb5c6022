// Runs that begin where another one stood, and runs that go on with another version of their flow.
import type { FlowComparison, ForkRequest, Migration } from "@baton/api";
import { isObject, type Json, type JsonObject } from "@baton/core";
import { tenant, type Handler } from "../exchange.ts";
import { readJsonBody } from "../http/json-body.ts";
import { InvalidRequest } from "../http/problems.ts";

const defaultNamespace = "default";

/** POST /v1/runs/{id}:fork */
export const forkRun: Handler = async (request, { runtime }) => {
  const { id = "" } = request.path;
  const { from, input, flow } = readFork(readJsonBody(request.body));
  const named = flow && { ...flow, namespace: flow.namespace ?? defaultNamespace };
  const own = { ...(input !== undefined && { input }), ...(named && { flow: named }) };
  const forkId = await runtime.forkRun(tenant, id, { from: String(from), ...own });
  return { status: 201, value: await runtime.getRun(tenant, forkId), headers: { location: `/v1/runs/${forkId}` } };
};

/** GET /v1/namespaces/{namespace}/flows/{name}/versions/{version}/diff */
export const diffFlow: Handler = async (request, { runtime }) => {
  const { namespace = defaultNamespace, name = "", version = "" } = request.path;
  const value: FlowComparison = await runtime.compareFlows(tenant, { namespace, name, version }, request.text("to") ?? "latest");
  return { status: 200, value };
};

/** POST /v1/runs/{id}:migrate */
export const migrateRun: Handler = async (request, { runtime }) => {
  const { id = "" } = request.path;
  const body = objectOf(readJsonBody(request.body), ["version", "check"]);
  const version = textAt(body, "version");
  const { check = false } = body;
  if (typeof check !== "boolean") throw invalid("check must be true or false", "check");
  const value: Migration = await runtime.migrateRun(tenant, id, { version, check });
  return { status: 200, value };
};

function readFork(body: Json): ForkRequest {
  const { from, input, flow } = objectOf(body, ["from", "input", "flow"]);
  if (!(typeof from === "string" && from !== "") && !(typeof from === "number" && Number.isInteger(from)))
    throw invalid("from must be a task's name, its address in the document, or a step's number", "from");
  return { from, ...(input !== undefined && { input }), ...(flow !== undefined && { flow: readFlow(flow) }) };
}

function readFlow(flow: Json): NonNullable<ForkRequest["flow"]> {
  const body = objectOf(flow, ["namespace", "name", "version"], "flow/");
  const given = (key: string): { readonly [key: string]: string } => (body[key] === undefined ? {} : { [key]: textAt(body, key, "flow/") });
  return { name: textAt(body, "name", "flow/"), ...given("namespace"), ...given("version") };
}

function objectOf(value: Json, keys: readonly string[], at = ""): JsonObject {
  if (!isObject(value)) throw invalid(`it must be an object with ${keys.join(", ")}`, at.slice(0, -1));
  const unknown = Object.keys(value).find((key) => !keys.includes(key));
  if (unknown !== undefined) throw invalid(`there is no ${unknown}; it has ${keys.join(", ")}`, `${at}${unknown}`);
  return value;
}

function textAt(body: JsonObject, key: string, at = ""): string {
  const value = body[key];
  if (typeof value === "string" && value !== "") return value;
  throw invalid(`${key} must be a text that is not empty`, `${at}${key}`);
}

function invalid(detail: string, at: string): InvalidRequest {
  return new InvalidRequest("body-malformed", `In the body, ${detail}.`, [{ detail, pointer: at === "" ? "" : `/${at}` }]);
}
