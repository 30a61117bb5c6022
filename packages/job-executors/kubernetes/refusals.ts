// Why a cluster does not run a job that it was given.
import { BatonError } from "@baton/core";
import type { Refusal } from "../launcher/command.ts";
import { ApiRefusal, type ApiClient } from "./api-client.ts";
import type { ClusterObject } from "./objects.ts";

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

/** Why a Job has no pod, as the cluster's events say; they are for people, and need not be there. */
export async function noPodMessage(client: ApiClient, namespace: string, job: ClusterObject | undefined): Promise<string> {
  const query = { fieldSelector: `involvedObject.uid=${job?.metadata.uid ?? ""}`, limit: 50 };
  const plain = "The cluster made no pod of its Job.";
  try {
    const { items } = (await client.ask({ method: "GET", path: `/api/v1/namespaces/${namespace}/events`, query })) as unknown as EventList;
    const last = items.findLast(({ type }) => type === "Warning");
    return last === undefined ? plain : `${plain} ${last.reason}: ${last.message}`;
  } catch {
    return plain;
  }
}
