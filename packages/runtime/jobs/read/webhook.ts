// `webhook` of a job as people write it.
import { createHash } from "node:crypto";
import { readWebhookSpec } from "../../webhooks/webhook.ts";
import type { JobWebhook } from "../definition.ts";
import type { Fields } from "./fields.ts";

const nameLength = 32;

/** An address, or an address with the names of secrets. */
export function readJobWebhook(fields: Fields): JobWebhook | undefined {
  const written = fields.raw("webhook");
  if (written === undefined) return undefined;
  const isAddress = typeof written === "string";
  const own = isAddress ? undefined : fields.object("webhook");
  if (!isAddress && own === undefined) return undefined;
  own?.only(["url", "secrets"]);
  const read = readWebhookSpec(isAddress ? { url: written } : written);
  if (!read.ok) {
    for (const { pointer, detail } of read.problems) if (isOwn(pointer)) fields.wrongAt(`/webhook${isAddress ? "" : pointer}`, detail);
    return undefined;
  }
  const { url, secrets } = read.spec;
  const digest = createHash("sha256").update(JSON.stringify([url, secrets]));
  return { name: `job-${digest.digest("hex").slice(0, nameLength)}`, url, secrets };
}

/** What else a webhook may have is told as unknown here. */
function isOwn(pointer: string): boolean {
  return pointer === "" || pointer.startsWith("/url") || pointer.startsWith("/secrets");
}
