// Routes about queues, tenants and the policy: the objects that the scheduler obeys.
import { bodyErrors, dryRun, idempotencyKey, type Route } from "./route.ts";

/** By operation. */
export const queueRoutes = {
  applyObjects: {
    method: "POST",
    path: "/v1/objects",
    tag: "queues",
    summary:
      "Creates or replaces tenants, queues, resources, the policy, deployments and autoscalers, all or none. They are in force at once.",
    parameters: [dryRun, idempotencyKey],
    body: {
      types: ["application/json"],
      summary: "`{ objects: [...] }`, each with its `kind`; docs/guide/queues.md has all fields.",
      required: true,
      schema: "Objects",
    },
    answers: { 200: { summary: "What became of each.", schema: "AppliedObjects" } },
    errors: [...bodyErrors, "objects-unreadable", "queues-invalid", "policy-invalid", "packages-unavailable", "idempotency-key-reused"],
  },
  listQueues: {
    method: "GET",
    path: "/v1/queues",
    tag: "queues",
    summary: "Lists all queues with what is in them, all below them included.",
    parameters: [],
    answers: { 200: { summary: "The queues.", schema: "Queues" } },
    errors: [],
  },
  getQueue: {
    method: "GET",
    path: "/v1/queues/{name}",
    tag: "queues",
    summary: "A queue with what is in it.",
    parameters: [],
    answers: { 200: { summary: "The queue.", schema: "Queue" } },
    errors: ["queue-unknown"],
  },
  deleteQueue: {
    method: "DELETE",
    path: "/v1/queues/{name}",
    tag: "queues",
    summary: "Removes a queue that no job is in and no queue is below.",
    parameters: [],
    answers: { 204: { summary: "It is gone." } },
    errors: ["queue-unknown", "queue-in-use", "queues-invalid"],
  },
  getPolicy: {
    method: "GET",
    path: "/v1/policy",
    tag: "queues",
    summary: "The policy in force.",
    parameters: [],
    answers: { 200: { summary: "The policy.", schema: "Policy" } },
    errors: [],
  },
} as const satisfies { readonly [operationId: string]: Route };
