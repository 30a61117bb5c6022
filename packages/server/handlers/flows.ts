// Flows: registering documents, and reading them back.
import type { AppliedFlow, Flow, FlowSummary } from "@baton/api";
import { formatInstant } from "@baton/core";
import { compileWorkflow } from "@baton/dsl";
import { compareVersions, type FlowName } from "@baton/runtime";
import type { StoredDefinition } from "@baton/storage";
import { tenant, type ApiAnswer, type ApiRequest, type Handler, type Services } from "../exchange.ts";
import { InvalidRequest } from "../http/problems.ts";
import { mistakesIn, problemItem } from "./diagnostics.ts";
import { pageOf, pageSizeOf, startAfter } from "./paging.ts";
import { isDryRun } from "./queues.ts";

/** The namespace where the address names none. */
const defaultNamespace = "default";

/** The flow that an address names. */
export function flowNameOf(request: ApiRequest, version?: string): FlowName {
  const { namespace = defaultNamespace, name = "" } = request.path;
  return version === undefined ? { namespace, name } : { namespace, name, version };
}

/** POST /v1/flows */
export const applyFlow: Handler = (request, services) => register(request.body, services, isDryRun(request));

/** PUT /v1/namespaces/{namespace}/flows/{name} */
export const putFlow: Handler = (request, services) => {
  const { namespace, name } = flowNameOf(request);
  const compiled = compileWorkflow(request.body);
  if (compiled.ok && (compiled.workflow.namespace !== namespace || compiled.workflow.name !== name)) {
    const found = `${compiled.workflow.namespace}/${compiled.workflow.name}`;
    throw new InvalidRequest("flow-name-mismatch", `The document is of the flow ${found}, but the address of ${namespace}/${name}.`, [
      { detail: `is ${found}`, pointer: "/document" },
    ]);
  }
  return register(request.body, services);
};

async function register(source: string, { runtime }: Services, dryRun = false): Promise<ApiAnswer> {
  const registered = await (dryRun ? runtime.checkFlow(tenant, source) : runtime.registerFlow(tenant, source));
  if (!registered.ok) {
    throw new InvalidRequest("flow-invalid", mistakesIn("document", registered.diagnostics), registered.diagnostics.map(problemItem));
  }
  const { flow, created, warnings } = registered;
  const value: AppliedFlow = { ...flow, created, warnings: warnings.map(problemItem) };
  const location = `/v1/namespaces/${flow.namespace}/flows/${flow.name}/versions/${encodeURIComponent(flow.version)}`;
  return { status: created && !dryRun ? 201 : 200, value, headers: { location } };
}

/** GET /v1/flows */
export const listFlows: Handler = async (request, { runtime }) => {
  const namespace = request.text("namespace");
  const stored = await runtime.listFlows(tenant, namespace === undefined ? {} : { namespace });
  const newest = [...Map.groupBy(stored, flowKey).values()].map((versions) => [...versions].sort(newestFirst)[0] as StoredDefinition);
  const after = startAfter(request);
  const rest = newest.filter((flow) => after === undefined || flowKey(flow) > after).sort((a, b) => (flowKey(a) < flowKey(b) ? -1 : 1));
  return { status: 200, value: pageOf(rest.map(summaryOf), pageSizeOf(request), flowKey) };
};

/** GET /v1/namespaces/{namespace}/flows/{name}/versions */
export const listFlowVersions: Handler = async (request, { runtime }) => {
  const { namespace, name } = await runtime.getFlow(tenant, flowNameOf(request));
  const versions = [...(await runtime.listFlows(tenant, { namespace, name }))].sort(newestFirst);
  const after = startAfter(request);
  const rest = versions.filter((flow) => after === undefined || compareVersions(flow.version, after) < 0);
  return { status: 200, value: pageOf(rest.map(summaryOf), pageSizeOf(request), (flow) => flow.version) };
};

/** GET /v1/namespaces/{namespace}/flows/{name} and …/versions/{version} */
export const getFlow: Handler = async (request, { runtime }) => {
  const stored = await runtime.getFlow(tenant, flowNameOf(request, request.path["version"]));
  const value: Flow = { ...summaryOf(stored), source: stored.source };
  return { status: 200, value };
};

function flowKey({ namespace, name }: { readonly namespace: string; readonly name: string }): string {
  return `${namespace}/${name}`;
}

function newestFirst(a: StoredDefinition, b: StoredDefinition): number {
  return compareVersions(b.version, a.version);
}

function summaryOf({ namespace, name, version, createdAt }: StoredDefinition): FlowSummary {
  return { namespace, name, version, createdAt: formatInstant(createdAt) };
}
