// Webhooks: who is told of which events, and what became of each.
import type { Delivery, Webhook, WebhookTest } from "@baton/api";
import { formatInstant, type Instant, type JsonObject } from "@baton/core";
import { isWebhookName, readWebhookSpec, type Webhook as Kept } from "@baton/runtime";
import type { DeliveryStatus, StoredDelivery } from "@baton/storage";
import { tenant, type ApiRequest, type Handler } from "../exchange.ts";
import { readJsonBody } from "../http/json-body.ts";
import { InvalidRequest } from "../http/problems.ts";
import { pageOf, pageSizeOf, startAfter } from "./paging.ts";

/** GET /v1/webhooks */
export const listWebhooks: Handler = (request, { runtime }) => {
  const after = startAfter(request);
  const rest = runtime.webhooks.list(tenant).filter(({ name }) => after === undefined || name > after);
  return { status: 200, value: pageOf(rest.map(shown), pageSizeOf(request), ({ name }) => name) };
};

/** GET /v1/webhooks/{name} */
export const getWebhook: Handler = (request, { runtime }) => ({ status: 200, value: shown(runtime.webhooks.get(tenant, nameOf(request))) });

/** PUT /v1/webhooks/{name} */
export const putWebhook: Handler = async (request, { runtime }) => {
  const name = nameOf(request);
  const read = readWebhookSpec(readJsonBody(request.body));
  const problems = [
    ...(isWebhookName(name)
      ? []
      : [{ parameter: "name", detail: "the name must be of lower-case letters, digits and hyphens, at most 63" }]),
    ...(read.ok ? [] : read.problems),
  ];
  if (problems.length > 0 || !read.ok)
    throw new InvalidRequest("webhook-invalid", problems.map(({ detail }) => detail).join("; "), problems);
  const { webhook, created } = await runtime.webhooks.put(tenant, name, read.spec);
  return { status: created ? 201 : 200, value: shown(webhook), headers: { location: `/v1/webhooks/${name}` } };
};

/** DELETE /v1/webhooks/{name} */
export const deleteWebhook: Handler = async (request, { runtime }) => {
  await runtime.webhooks.delete(tenant, nameOf(request));
  return { status: 204 };
};

/** POST /v1/webhooks/{name}:pause and :resume */
export function holdWebhook(reason: string | null): Handler {
  return async (request, { runtime }) => ({ status: 200, value: shown(await runtime.webhooks.pause(tenant, nameOf(request), reason)) });
}

/** POST /v1/webhooks/{name}:test */
export const testWebhook: Handler = async (request, { runtime }) => {
  const outcome = await runtime.webhooks.test(tenant, nameOf(request));
  const value: WebhookTest =
    outcome.kind === "unanswered"
      ? { answered: null, problem: outcome.problem }
      : { answered: outcome.status, problem: refusal(outcome.status) };
  return { status: 200, value };
};

function refusal(status: number): string | null {
  return status >= 200 && status <= 299 ? null : `The receiver answered ${status}.`;
}

/** GET /v1/webhooks/{name}/deliveries */
export const listDeliveries: Handler = async (request, { runtime }) => {
  const { name } = runtime.webhooks.get(tenant, nameOf(request));
  const size = pageSizeOf(request);
  const before = startAfter(request);
  const status = request.text("status") as DeliveryStatus | undefined;
  const stored = await runtime.webhooks.deliveries({
    tenant,
    webhook: name,
    limit: size + 1,
    ...(status !== undefined && { status }),
    ...(before !== undefined && { before: idOf(before) }),
  });
  return { status: 200, value: pageOf(stored.map(shownDelivery), size, ({ id }) => String(id)) };
};

/** POST /v1/webhooks/{name}/deliveries/{delivery}:redeliver */
export const redeliver: Handler = async (request, { runtime }) => {
  const again = await runtime.webhooks.redeliver(tenant, nameOf(request), idOf(request.path["delivery"] ?? ""));
  return { status: 200, value: shownDelivery(again) };
};

function nameOf(request: ApiRequest): string {
  return request.path["name"] ?? "";
}

/** A number that no delivery has where the text is none. */
function idOf(text: string): number {
  return /^\d{1,15}$/.test(text) ? Number(text) : 0;
}

function shown({ name, url, types, namespace, flow, content, secrets, paused, updatedAt }: Kept): Webhook {
  return { name, url, types, namespace, flow, content, secrets, paused, updatedAt: formatInstant(updatedAt) };
}

function shownDelivery(delivery: StoredDelivery): Delivery {
  const { id, type, status, attempts, answered, problem, createdAt, nextAt, endedAt, event } = delivery;
  return {
    id,
    type,
    status,
    attempts,
    answered,
    problem,
    createdAt: formatInstant(createdAt),
    nextAt: orNull(nextAt),
    endedAt: orNull(endedAt),
    event: JSON.parse(event) as JsonObject,
  };
}

function orNull(at: Instant | null): string | null {
  return at === null ? null : formatInstant(at);
}
