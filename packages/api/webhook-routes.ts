// Routes about webhooks: who is told of which events, and what became of each.
import { bodyErrors, idempotencyKey, noBody, pageSize, pageToken, type Route } from "./route.ts";

const webhookErrors = ["webhook-unknown"];
const one: Route["answers"] = { 200: { summary: "The webhook.", schema: "Webhook" } };

function command(verb: string, summary: string, answers: Route["answers"] = one): Route {
  return {
    method: "POST",
    path: `/v1/webhooks/{name}:${verb}`,
    tag: "webhooks",
    summary,
    parameters: [idempotencyKey],
    body: noBody,
    answers,
    errors: [...bodyErrors, ...webhookErrors, "idempotency-key-reused"],
  };
}

/** By operation. */
export const webhookRoutes = {
  listWebhooks: {
    method: "GET",
    path: "/v1/webhooks",
    tag: "webhooks",
    summary: "Lists the webhooks by name.",
    parameters: [pageSize, pageToken],
    answers: { 200: { summary: "One page.", schema: "WebhookPage" } },
    errors: [],
  },
  getWebhook: {
    method: "GET",
    path: "/v1/webhooks/{name}",
    tag: "webhooks",
    summary: "A webhook.",
    parameters: [],
    answers: one,
    errors: webhookErrors,
  },
  putWebhook: {
    method: "PUT",
    path: "/v1/webhooks/{name}",
    tag: "webhooks",
    summary: "Creates a webhook, or replaces what it had: `url`, `types`, `namespace`, `flow`, `content`, `secrets`.",
    parameters: [],
    body: { types: ["application/json"], summary: "What it is to be.", required: true },
    answers: { ...one, 201: { summary: "The webhook is new.", schema: "Webhook" } },
    errors: [...bodyErrors, "webhook-invalid", "webhooks-too-many"],
  },
  deleteWebhook: {
    method: "DELETE",
    path: "/v1/webhooks/{name}",
    tag: "webhooks",
    summary: "Deletes a webhook with all its deliveries, also those that are still to be sent.",
    parameters: [],
    answers: { 204: { summary: "It is gone." } },
    errors: webhookErrors,
  },
  pauseWebhook: command("pause", "Holds what is to be sent; nothing of it is lost."),
  resumeWebhook: command("resume", "Sends again, and everything that was held."),
  testWebhook: command("test", "Sends an event of the type `io.baton.webhook.test.v1`, once, and tells what became of it.", {
    200: { summary: "What became of it.", schema: "WebhookTest" },
  }),
  listDeliveries: {
    method: "GET",
    path: "/v1/webhooks/{name}/deliveries",
    tag: "webhooks",
    summary: "Lists what a webhook was sent, or is to be, the newest first. What has ended is kept for a week.",
    parameters: [
      {
        name: "status",
        in: "query",
        kind: { type: "choice", of: ["pending", "delivered", "failed"] },
        summary: "Only with this status.",
      },
      pageSize,
      pageToken,
    ],
    answers: { 200: { summary: "One page.", schema: "DeliveryPage" } },
    errors: webhookErrors,
  },
  redeliver: {
    method: "POST",
    path: "/v1/webhooks/{name}/deliveries/{delivery}:redeliver",
    tag: "webhooks",
    summary: "Sends an event again that was delivered or given up.",
    parameters: [idempotencyKey],
    body: noBody,
    answers: { 200: { summary: "The delivery, to be sent again.", schema: "Delivery" } },
    errors: [...bodyErrors, ...webhookErrors, "delivery-unknown", "idempotency-key-reused"],
  },
} as const satisfies { readonly [operationId: string]: Route };
