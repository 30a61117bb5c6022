// Routes about what is deployed: services and functions that Baton keeps up.
import type { Route } from "./route.ts";

/** By operation. */
export const deploymentRoutes = {
  listDeployments: {
    method: "GET",
    path: "/v1/deployments",
    tag: "deployments",
    summary: "Lists everything that is deployed, with its replicas. `POST /v1/objects` creates and changes deployments.",
    parameters: [],
    answers: { 200: { summary: "The deployments.", schema: "Deployments" } },
    errors: [],
  },
  getDeployment: {
    method: "GET",
    path: "/v1/deployments/{name}",
    tag: "deployments",
    summary: "A deployment with its replicas.",
    parameters: [],
    answers: { 200: { summary: "The deployment.", schema: "Deployment" } },
    errors: ["deployment-unknown"],
  },
  deleteDeployment: {
    method: "DELETE",
    path: "/v1/deployments/{name}",
    tag: "deployments",
    summary: "Stops all replicas of a deployment in order; when they are gone, so is it.",
    parameters: [],
    answers: { 204: { summary: "It is on its way." } },
    errors: ["deployment-unknown"],
  },
} as const satisfies { readonly [operationId: string]: Route };
