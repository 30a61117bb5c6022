// Why a cluster does not run a job that it was given.
import { BatonError } from "@baton/core";
import type { Refusal } from "../launcher/command.ts";
import { ApiRefusal, type ApiClient } from "./api-client.ts";
import type { JobObject } from "./objects.ts";

/** What the cluster refused, as the failure of a job. */
export function createRefusal(error: unknown): Refusal {
  const message = error instanceof Error ? error.message : String(error);
  if (!(error instanceof ApiRefusal))
    return { code: "job-start-failed", message: error instanceof BatonError ? message : `Its executor failed: ${message}` };
  if (error.status === 401) return { code: "kubernetes-unauthorized", message: "The cluster does not know who asks." };
  if (error.status === 403) return { code: "kubernetes-forbidden", message };
  return { code: error.status === 400 || error.status === 422 ? "job-spec-invalid" : "kubernetes-refused", message };
}

interface EventList {
  readonly items: readonly { readonly type?: string; readonly reason?: string; readonly message?: string }[];
}

/** Why a Job has no pod: somebody holds it back, or as the cluster's events say, which need not be there. */
export async function noPodRefusal(
  client: Pick<ApiClient, "ask">,
  namespace: string,
  job: Pick<JobObject, "metadata" | "spec"> | undefined,
): Promise<Refusal> {
  const plain = "The cluster made no pod of its Job.";
  if (job?.spec?.suspend === true) return { code: "job-start-failed", message: `${plain} Somebody has suspended it (spec.suspend).` };
  const last = await lastWarning(client, namespace, job?.metadata.uid ?? "");
  if (last === undefined) return { code: "job-start-failed", message: plain };
  return { code: isOverQuota(last) ? "kubernetes-quota-exceeded" : "job-start-failed", message: `${plain} ${last}` };
}

async function lastWarning(client: Pick<ApiClient, "ask">, namespace: string, uid: string): Promise<string | undefined> {
  const query = { fieldSelector: `involvedObject.uid=${uid}`, limit: eventsRead };
  try {
    const { items } = (await client.ask({ method: "GET", path: `/api/v1/namespaces/${namespace}/events`, query })) as unknown as EventList;
    const last = items.findLast(({ type }) => type === "Warning");
    return last && `${last.reason}: ${last.message}`;
  } catch {
    return undefined;
  }
}

const eventsRead = 50;

/** In the words of the ResourceQuota admission, which has no code of its own for it. */
function isOverQuota(message: string): boolean {
  return message.includes("exceeded quota:");
}
