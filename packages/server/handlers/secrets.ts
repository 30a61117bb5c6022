// Secrets: set, named, deleted and encrypted anew; their values leave the server only where a flow sends them.
import type { Secret, SecretRotation } from "@baton/api";
import { formatInstant } from "@baton/core";
import type { SecretView } from "@baton/runtime";
import { tenant, type ApiRequest, type Handler } from "../exchange.ts";
import { readJsonBody } from "../http/json-body.ts";
import { namespaceOf } from "./names.ts";
import { pageOf, pageSizeOf, startAfter } from "./paging.ts";

/** GET /v1/namespaces/{namespace}/secrets */
export const listSecrets: Handler = (request, { vault }) => {
  const after = startAfter(request);
  const rest = vault.list(tenant, namespaceOf(request)).filter(({ name }) => after === undefined || name > after);
  return { status: 200, value: pageOf(rest.map(shown), pageSizeOf(request), ({ name }) => name) };
};

/** PUT /v1/namespaces/{namespace}/secrets/{name} */
export const putSecret: Handler = async (request, { vault }) => {
  const { secret, created } = await vault.set(tenant, namespaceOf(request), nameOf(request), readJsonBody(request.body));
  return { status: created ? 201 : 200, value: shown(secret) };
};

/** DELETE /v1/namespaces/{namespace}/secrets/{name} */
export const deleteSecret: Handler = async (request, { vault }) => {
  await vault.delete(tenant, namespaceOf(request), nameOf(request));
  return { status: 204 };
};

/** POST /v1/secrets:rotate */
export const rotateSecrets: Handler = async (_, { vault }) => {
  const value: SecretRotation = { rotated: await vault.rotate() };
  return { status: 200, value };
};

function nameOf(request: ApiRequest): string {
  return request.path["name"] ?? "";
}

function shown({ namespace, name, updatedAt, keyId }: SecretView): Secret {
  return { namespace, name, updatedAt: formatInstant(updatedAt), keyId };
}
