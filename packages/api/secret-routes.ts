// Routes about secrets: they are set and named, and never read back.
import { bodyErrors, idempotencyKey, noBody, pageSize, pageToken, type Route } from "./route.ts";

const path = "/v1/namespaces/{namespace}/secrets/{name}";

/** By operation. */
export const secretRoutes = {
  listSecrets: {
    method: "GET",
    path: "/v1/namespaces/{namespace}/secrets",
    tag: "secrets",
    summary: "Lists the secrets of a namespace by name, without their values.",
    parameters: [pageSize, pageToken],
    answers: { 200: { summary: "One page.", schema: "SecretPage" } },
    errors: [],
  },
  putSecret: {
    method: "PUT",
    path,
    tag: "secrets",
    summary: "Creates a secret, or gives it another value. Runs see it with their next step.",
    parameters: [],
    body: { types: ["application/json"], summary: "The value: a text, or an object such as `{ username, password }`.", required: true },
    answers: { 200: { summary: "It has the new value.", schema: "Secret" }, 201: { summary: "The secret is new.", schema: "Secret" } },
    errors: [...bodyErrors, "secret-invalid", "secrets-locked", "secrets-too-many"],
  },
  deleteSecret: {
    method: "DELETE",
    path,
    tag: "secrets",
    summary: "Deletes a secret; a flow that reads it faults from then on.",
    parameters: [],
    answers: { 204: { summary: "It is gone." } },
    errors: ["secret-unknown"],
  },
  rotateSecrets: {
    method: "POST",
    path: "/v1/secrets:rotate",
    tag: "secrets",
    summary: "Encrypts with the server's current key whatever a former one encrypted.",
    parameters: [idempotencyKey],
    body: noBody,
    answers: { 200: { summary: "How many secrets that were.", schema: "SecretRotation" } },
    errors: [...bodyErrors, "secrets-locked", "idempotency-key-reused"],
  },
} as const satisfies { readonly [operationId: string]: Route };
