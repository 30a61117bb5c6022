// Routes about what is deployed: services and functions that Baton keeps up.
import { bodyErrors, idempotencyKey, noBody, type Route } from "./route.ts";

const command = {
  method: "POST",
  tag: "deployments",
  body: noBody,
  answers: { 200: { summary: "The deployment after the command.", schema: "Deployment" } },
} as const;

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
  rollbackDeployment: {
    ...command,
    path: "/v1/deployments/{name}:rollback",
    summary: "Goes back to the version before, or to one that is named. What else was changed meanwhile stays.",
    parameters: [
      { name: "version", in: "query", kind: { type: "integer", min: 1, max: Number.MAX_SAFE_INTEGER }, summary: "Its generation." },
      idempotencyKey,
    ],
    errors: [...bodyErrors, "deployment-unknown", "deployment-version-unknown", "idempotency-key-reused"],
  },
  resumeDeployment: {
    ...command,
    path: "/v1/deployments/{name}:resume",
    summary: "Tries a version once more whose rollout has stalled.",
    parameters: [idempotencyKey],
    errors: [...bodyErrors, "deployment-unknown", "idempotency-key-reused"],
  },
  listPackages: {
    method: "GET",
    path: "/v1/packages",
    tag: "deployments",
    summary: "Lists the digests of the packages of functions that may be run, for nodes that keep some.",
    nodes: true,
    parameters: [],
    answers: { 200: { summary: "The digests.", schema: "Packages" } },
    errors: ["node-token-invalid", "node-token-expired"],
  },
  getPackage: {
    method: "GET",
    path: "/v1/packages/{digest}",
    tag: "deployments",
    summary: "The files of a package of functions, for a node that is to run it.",
    nodes: true,
    parameters: [],
    answers: { 200: { summary: "The files, in base 64.", schema: "Package" } },
    errors: ["package-unknown", "node-token-invalid", "node-token-expired"],
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
