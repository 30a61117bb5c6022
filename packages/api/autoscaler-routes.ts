// Routes about autoscalers.
import { bodyErrors, type Route } from "./route.ts";

/** By operation. */
export const autoscalerRoutes = {
  listAutoscalers: {
    method: "GET",
    path: "/v1/autoscalers",
    tag: "deployments",
    summary: "Lists the autoscalers with what they decided last. `POST /v1/objects` creates and changes them.",
    parameters: [],
    answers: { 200: { summary: "The autoscalers.", schema: "Autoscalers" } },
    errors: [],
  },
  getAutoscaler: {
    method: "GET",
    path: "/v1/autoscalers/{name}",
    tag: "deployments",
    summary: "An autoscaler with what it decided last, and why.",
    parameters: [],
    answers: { 200: { summary: "The autoscaler.", schema: "Autoscaler" } },
    errors: ["autoscaler-unknown"],
  },
  planAutoscalers: {
    method: "POST",
    path: "/v1/autoscalers:plan",
    tag: "deployments",
    summary: "What autoscalers would decide now, and why. Nothing changes.",
    parameters: [],
    body: {
      types: ["application/json"],
      summary: "`{ objects: [...] }`, autoscalers as `POST /v1/objects` takes them.",
      required: true,
      schema: "Objects",
    },
    answers: { 200: { summary: "A decision for each.", schema: "ScalePlan" } },
    errors: [...bodyErrors, "objects-unreadable", "deployment-unknown"],
  },
  deleteAutoscaler: {
    method: "DELETE",
    path: "/v1/autoscalers/{name}",
    tag: "deployments",
    summary: "Removes an autoscaler. What it scaled stays as it is.",
    parameters: [],
    answers: { 204: { summary: "It is gone." } },
    errors: ["autoscaler-unknown"],
  },
} as const satisfies { readonly [operationId: string]: Route };
