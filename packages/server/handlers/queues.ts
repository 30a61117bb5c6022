// Queues, tenants and the policy: applied together, in force at once.
import type { Queue } from "@baton/api";
import type { JsonObject } from "@baton/core";
import { applyObjects as applyAll, checkObjects, JobsRefused, readObjects, type QueueView } from "@baton/runtime";
import type { ApiRequest, Handler } from "../exchange.ts";
import { readJsonBody } from "../http/json-body.ts";

/** POST /v1/objects */
export const applyObjects: Handler = async (request, services) => {
  const read = readObjects(readJsonBody(request.body), { objects: services.jobs.objects, jobs: services.jobs.readingFacts() });
  if (!read.ok) throw JobsRefused.ofFields(read.error, "objects-unreadable");
  const items = isDryRun(request) ? checkObjects(services, read.value) : await applyAll(services, read.value);
  return { status: 200, value: { items } };
};

/** GET /v1/queues */
export const listQueues: Handler = (_, { jobs }) => ({ status: 200, value: { items: jobs.objects.views().map(shownQueue) } });

/** GET /v1/queues/{name} */
export const getQueue: Handler = (request, { jobs }) => ({
  status: 200,
  value: shownQueue(jobs.objects.view(request.path["name"] ?? "")),
});

/** DELETE /v1/queues/{name} */
export const deleteQueue: Handler = async (request, { jobs }) => {
  await jobs.objects.deleteQueue(request.path["name"] ?? "");
  return { status: 204 };
};

/** GET /v1/policy */
export const getPolicy: Handler = (_, { jobs }) => ({ status: 200, value: jobs.objects.policy });

/** Whether the caller only wants to know what would become of it. */
export function isDryRun(request: ApiRequest): boolean {
  return request.text("dryRun") === "true";
}

function shownQueue({ spec, tenant, isLeaf, waiting, pending, running, suspended, used }: QueueView): Queue {
  const { id, parent = null, weight = 1, guarantee = {}, limit = {}, maxRunning = null, order } = spec;
  const shape = { name: id, tenant, parent, weight, guarantee, limit, maxRunning, order: (order as JsonObject | undefined) ?? null };
  return { ...shape, takesJobs: isLeaf, waiting, pending, running, suspended, used };
}
