// Flows as services: what a namespace offers, as OpenAPI.
import { apiError, flowOpenApi, type FlowSchema, type FlowService } from "@baton/api";
import { BatonError } from "@baton/core";
import type { SchemaCheck, Workflow } from "@baton/dsl";
import { latestOf, type FlowName, type Runtime } from "@baton/runtime";
import { tenant, type Handler } from "../exchange.ts";
import { namespaceOf } from "./names.ts";

/** Flows that one document describes; it is made anew for each request. */
const maxDescribedFlows = 500;

/** GET /v1/namespaces/{namespace}/openapi.json */
export const describeFlows: Handler = async (request, { runtime, version }) => {
  const namespace = namespaceOf(request);
  const name = request.text("flow");
  const wanted = request.text("version");
  const flows = await flowsOf(runtime, namespace, name, wanted);
  return {
    status: 200,
    value: flowOpenApi(
      namespace,
      flows.map((flow) => serviceOf(flow, wanted !== undefined)),
      version,
    ),
  };
};

async function flowsOf(runtime: Runtime, namespace: string, name?: string, version?: string): Promise<readonly Workflow[]> {
  if (name !== undefined) return [await runtime.readFlow(tenant, { namespace, name, ...(version !== undefined && { version }) })];
  if (version !== undefined) throw apiError("parameter-invalid", { message: "version needs flow: it is the version of one flow." });
  const stored = Map.groupBy(await runtime.listFlows(tenant, { namespace }), (flow) => flow.name);
  if (stored.size > maxDescribedFlows) {
    const message = `The namespace has ${stored.size} flows, more than the ${maxDescribedFlows} that one document describes: name one with ?flow=NAME.`;
    throw apiError("namespace-too-large", { message, where: namespace });
  }
  const newest = [...stored].map(([each, versions]) => ({ name: each, version: latestOf(versions.map((one) => one.version)) ?? "" }));
  const read = newest.sort((a, b) => (a.name < b.name ? -1 : 1)).map((flow) => readable(runtime, { namespace, ...flow }));
  return (await Promise.all(read)).filter((flow) => flow !== undefined);
}

/** Undefined: this version of the server cannot read the flow any more, so that nobody can call it either. */
async function readable(runtime: Runtime, flow: FlowName): Promise<Workflow | undefined> {
  try {
    return await runtime.readFlow(tenant, flow);
  } catch (error) {
    if (error instanceof BatonError && error.code === "flow-unknown") return undefined;
    throw error;
  }
}

function serviceOf({ name, version, title, summary, tags, input, output }: Workflow, pinned: boolean): FlowService {
  return {
    name,
    version,
    tags,
    pinned,
    ...(title !== undefined && { title }),
    ...(summary !== undefined && { summary }),
    ...(input?.schema && { input: schemaOf(input.schema) }),
    ...(output?.schema && { output: schemaOf(output.schema) }),
  };
}

function schemaOf({ document, dialect }: SchemaCheck): FlowSchema {
  return { document, ...(dialect !== undefined && { dialect }) };
}
