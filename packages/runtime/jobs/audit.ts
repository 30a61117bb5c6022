// The audit log of jobs, nodes, queues and what is deployed: every decision with who took it, when, and why. It is stored with what it decides.
//
// Where somebody asked for it, the entry says from where: the address, and what the program calls itself.
//
// | actor         | decides                                                                   |
// |---------------|---------------------------------------------------------------------------|
// | `api`         | what somebody asked for: jobs, queues, the policy, nodes, deployments, autoscalers |
// | `scheduler`   | where and when jobs run, and which of them make room                      |
// | `server`      | what becomes of jobs whose attempts failed or were lost, of silent nodes, and of replicas |
// | `node NAME`   | that it comes, that it leaves, and which functions it brings              |
// | `autoscaler NAME` | how many there are to be of what it scales                            |
import type { Instant, JsonObject } from "@baton/core";
import type { AuditEntry, Store } from "@baton/storage";
import { currentAsker } from "../asker.ts";
import type { Clock } from "../clock.ts";
import type { LogRecord } from "../log-record.ts";
import { auditLimits } from "./limits.ts";

/** What can be decided. */
export type AuditAction =
  | "job.submitted"
  | "job.placed"
  | "job.suspended"
  | "job.resumed"
  | "job.preempted"
  | "job.requeued"
  | "job.retried"
  | "job.cancel-asked"
  | "job.retry-asked"
  | "job.failed"
  | "job.cancelled"
  | "job.lost"
  | "node.joined"
  | "node.left"
  | "node.suspected"
  | "node.trusted"
  | "node.lost"
  | "node.pressed"
  | "node.relieved"
  | "node.removed"
  | "node.refused"
  | "node-token.created"
  | "node-token.deleted"
  | "node.drained"
  | "node.cordoned"
  | "node.uncordoned"
  | "queue.applied"
  | "queue.deleted"
  | "resource.applied"
  | "policy.applied"
  | DeploymentAction
  | "autoscaler.created"
  | "autoscaler.changed"
  | "autoscaler.deleted"
  | "autoscaler.decided"
  | "autoscaler.failed"
  | "function.registered"
  | "function.changed";

/** What can be decided about a deployment; the subject is its name. */
export type DeploymentAction =
  | "deployment.created"
  | "deployment.changed"
  | "deployment.rolled-back"
  | "deployment.resumed"
  | "deployment.scaled"
  | "deployment.delete-asked"
  | "deployment.deleted"
  | "rollout.started"
  | "rollout.step"
  | "rollout.stalled"
  | "rollout.resumed"
  | "rollout.completed"
  | "replica.started"
  | "replica.ready"
  | "replica.unhealthy"
  | "replica.draining"
  | "replica.stopped"
  | "replica.ended";

/** Notes a decision. */
export type Audit = (actor: string, action: AuditAction, subject: string, detail?: JsonObject) => void;

/** An entry with its place in the log. */
export interface PlacedEntry {
  readonly entry: AuditEntry;
  /** Where to read on behind it. */
  readonly place: AuditPlace;
}

/** A place in the log: a page, and so many of its newest entries. */
export interface AuditPlace {
  readonly key: number;
  readonly taken: number;
}

/** Which entries. */
export interface AuditQuery {
  /** Exactly this job, node, queue, deployment, autoscaler or function. */
  readonly subject?: string;
  /** This action, or all that begin so: `job.` */
  readonly action?: string;
  readonly actor?: string;
  readonly after?: AuditPlace;
  readonly limit: number;
}

/** What the log works with. */
export interface AuditLogParts {
  readonly store: Store;
  readonly tenant: string;
  readonly clock: Clock;
  readonly log: (record: LogRecord) => void;
}

/** Reads the log, and keeps it within its bounds. */
export class AuditLog {
  readonly #parts: AuditLogParts;
  #cancel: () => void = () => undefined;
  #running = true;

  constructor(parts: AuditLogParts) {
    this.#parts = parts;
  }

  /** The newest first. */
  async list({ after, limit, ...wanted }: AuditQuery): Promise<readonly PlacedEntry[]> {
    const found: PlacedEntry[] = [];
    let before = after === undefined ? null : after.key + 1;
    for (;;) {
      const pages = await this.#parts.store.readAudit(this.#parts.tenant, before, auditLimits.pagesAtATime);
      for (const { key, entries } of pages) {
        const newest = entries.flatMap(eachOf).reverse();
        newest.forEach((entry, i) => {
          if (key === after?.key && i < after.taken) return;
          if (fits(entry, wanted)) found.push({ entry, place: { key, taken: i + 1 } });
        });
        if (found.length >= limit) return found.slice(0, limit);
      }
      before = pages.at(-1)?.key ?? null;
      if (pages.length < auditLimits.pagesAtATime) return found;
    }
  }

  /** Forgets what is too old or too much, now and every minute. */
  async keepBounds(): Promise<void> {
    const { store, clock, log } = this.#parts;
    try {
      await store.forgetAudit(clock.now() - auditLimits.keptMs, auditLimits.keptEntries);
    } catch (error) {
      log({ level: "warning", message: "Old entries of the audit log could not be forgotten; it is tried again.", error });
    }
    if (this.#running) this.#cancel = clock.after(auditLimits.sweepMs, () => void this.keepBounds());
  }

  close(): void {
    this.#running = false;
    this.#cancel();
  }
}

/** An entry for each thing that one is about. */
function eachOf({ also, ...entry }: AuditEntry): readonly AuditEntry[] {
  return also === undefined ? [entry] : [entry, ...also.map((subject) => ({ ...entry, subject }))];
}

function fits(entry: AuditEntry, { subject, action, actor }: Omit<AuditQuery, "after" | "limit">): boolean {
  if (subject !== undefined && entry.subject !== subject) return false;
  if (actor !== undefined && entry.actor !== actor) return false;
  return action === undefined || entry.action === action || (action.endsWith(".") && entry.action.startsWith(action));
}

/** An auditor that stores what it is told with the next batch; see the committer for what becomes one entry. */
export function auditInto(committer: { audit(entry: AuditEntry): void }, now: () => Instant): Audit {
  return (actor, action, subject, detail = nothing) => {
    const from = actor === "api" || actor.startsWith("node ") || action === "node.refused" ? currentAsker() : undefined;
    committer.audit({ at: now(), actor, action, subject, detail, ...(from && { from }) });
  };
}

const nothing: JsonObject = {};
