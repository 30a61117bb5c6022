// Routes about the audit log.
import type { JsonObject } from "@baton/core";
import type { PageQuery } from "./client-queries.ts";
import { longestText, pageSize, pageToken, type Route } from "./route.ts";
import { instant, object, orNull, page, text } from "./schema-parts.ts";

/** Which entries. */
export interface AuditQuery extends PageQuery {
  readonly subject?: string;
  readonly action?: string;
  readonly actor?: string;
}

/** One decision: who took it, when, what about, and why. */
export interface AuditEntry {
  readonly at: string;
  /** `api`, `scheduler`, `server`, `node NAME`, `deployment NAME`, `autoscaler NAME` or `run ID`. */
  readonly actor: string;
  /** What was done, such as `job.placed`. */
  readonly action: string;
  /** The id or name of what it is about. */
  readonly subject: string;
  readonly detail: JsonObject;
  /** Where it was asked for, and what the program calls itself; null: nobody asked, or it is not known. */
  readonly from: { readonly address: string; readonly program: string | null } | null;
}

const actors = "`api`, `scheduler`, `server`, `node NAME`, `deployment NAME`, `autoscaler NAME` or `run ID`.";
const filter = { in: "query", kind: { type: "text", maxLength: longestText } } as const;

/** By operation. */
export const auditRoutes = {
  listAudit: {
    method: "GET",
    path: "/v1/audit",
    tag: "jobs",
    summary:
      "What was decided about jobs, nodes, queues, the policy, deployments, autoscalers, functions and locks, the newest first. Kept for thirty days, two million entries at most.",
    parameters: [
      { ...filter, name: "subject", summary: "Only of this job, node, queue, deployment, autoscaler, function or lock." },
      { ...filter, name: "action", summary: "Only this action; one that ends in a dot means all that begin so: `job.`" },
      { ...filter, name: "actor", summary: `Only of ${actors}` },
      pageSize,
      pageToken,
    ],
    answers: { 200: { summary: "One page.", schema: "AuditPage" } },
    errors: [],
  },
} as const satisfies { readonly [operationId: string]: Route };

/** By name. */
export const auditSchemas: { readonly [name: string]: JsonObject } = {
  AuditEntry: object({
    at: instant,
    actor: { ...text, description: actors },
    action: { ...text, description: "What was done, such as `job.placed`." },
    subject: { ...text, description: "The id or name of what it is about." },
    detail: { type: "object" },
    from: orNull(object({ address: text, program: orNull(text) }, [], "Where it was asked for, and what the program calls itself.")),
  }),
  AuditPage: page("AuditEntry"),
};
