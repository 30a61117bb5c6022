// Autoscalers: `POST /v1/objects` applies them; here they are looked at, tried out and deleted.
import type { Autoscaler, ScaleDecision } from "@baton/api";
import { formatInstant } from "@baton/core";
import { JobsRefused, readObjects, type AutoscalerView, type ScaleView } from "@baton/runtime";
import type { ApiRequest, Handler } from "../exchange.ts";
import { readJsonBody } from "../http/json-body.ts";

/** GET /v1/autoscalers */
export const listAutoscalers: Handler = (_, { autoscalers }) => ({ status: 200, value: { items: autoscalers.list().map(shown) } });

/** GET /v1/autoscalers/{name} */
export const getAutoscaler: Handler = (request, { autoscalers }) => ({ status: 200, value: shown(autoscalers.get(nameOf(request))) });

/** POST /v1/autoscalers:plan */
export const planAutoscalers: Handler = async (request, { jobs, autoscalers }) => {
  const read = readObjects(readJsonBody(request.body), { objects: jobs.objects, jobs: jobs.readingFacts() });
  if (!read.ok) throw JobsRefused.ofFields(read.error, "objects-unreadable");
  const items = await Promise.all(
    read.value.autoscalers.map(async (spec) => ({ name: spec.name, decision: shownDecision(await autoscalers.plan(spec)) })),
  );
  return { status: 200, value: { items } };
};

/** DELETE /v1/autoscalers/{name} */
export const deleteAutoscaler: Handler = async (request, { autoscalers }) => {
  await autoscalers.delete(nameOf(request));
  return { status: 204 };
};

function nameOf(request: ApiRequest): string {
  return request.path["name"] ?? "";
}

function shown({ spec, decision, problem }: AutoscalerView): Autoscaler {
  const { name, target, min, max, dryRun } = spec;
  return { name, target: { ...target }, min, max, dryRun, decision: decision && shownDecision(decision), problem };
}

function shownDecision(view: ScaleView): ScaleDecision {
  return { ...view, at: formatInstant(view.at) };
}
