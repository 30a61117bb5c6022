// A job's own webhook: an address that is told of its end. It is a webhook as any other, named after its address and secrets,
// so it is signed, tried again, paused and looked into as they are. The delivery is stored with the end, in one transaction.
import { formatInstant, type Instant, type Json } from "@baton/core";
import type { NewDelivery } from "@baton/storage";
import type { JobWebhook } from "./definition.ts";
import type { Job } from "./job.ts";
import { viewOf } from "./view.ts";

/** What jobs ask of webhooks. */
export interface JobHooks {
  /** Makes the webhook, unless it is there; rejects where there are too many. */
  ensure(tenant: string, webhook: JobWebhook): Promise<void>;
  /** A delivery of it has become durable. */
  wake(tenant: string, name: string): void;
}

/** The type of the event that tells of a job's end. */
export const jobEndedType = "io.baton.job.ended.v1";

/** The delivery that goes with a job's end; undefined where nobody asked for it. */
export function endDelivery(job: Job, now: Instant): NewDelivery | undefined {
  const { webhook } = job.definition;
  if (webhook === undefined || !job.ended) return undefined;
  return { webhook: webhook.name, type: jobEndedType, event: JSON.stringify(endEvent(job)), at: now };
}

/** The same job gives the same event, also when it is sent again. */
function endEvent(job: Job): Json {
  const { id, name, graph, status, attempt, queue, output, error, usage, submittedAt, startedAt, endedAt } = viewOf(job);
  const shown = (at: Instant | null): string | null => (at === null ? null : formatInstant(at));
  const times = { submittedAt: shown(submittedAt), startedAt: shown(startedAt), endedAt: shown(endedAt) };
  return {
    specversion: "1.0",
    id: "ended",
    source: `/v1/jobs/${id}`,
    type: jobEndedType,
    time: times.endedAt,
    datacontenttype: "application/json",
    data: { id, name, graph, status, attempt, queue, output, error, usage, ...times } as Json,
  };
}
