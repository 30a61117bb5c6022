// What happens to nodes, noted in the audit log and counted. Who is not let in asks again every few seconds, and may be anybody:
// the same refusal is counted each time, and noted once in a while.
import type { BatonError, Instant, Millis } from "@baton/core";
import { increment } from "../stats.ts";
import type { Audit, AuditAction } from "./audit.ts";

/** The same refusal is noted again after so long. */
const notedAgainMs: Millis = 60_000;

/** At most so many refusals are told from one another; strangers must not fill the memory. */
const mostRefusals = 1_000;

/** The events of nodes since the start. */
export class NodeEvents {
  readonly #audit: Audit;
  readonly #now: () => Instant;
  readonly #counts = new Map<string, number>();
  readonly #refusals = new Map<string, number>();
  readonly #noted = new Map<string, Instant>();

  constructor(audit: Audit, now: () => Instant) {
    this.#audit = audit;
    this.#now = now;
  }

  /** Notes an event of a node, or of a token that nodes join with. */
  readonly note = (...[actor, action, subject, detail]: Parameters<Audit>): void => {
    increment(this.#counts, eventOf(action));
    this.#audit(actor, action, subject, detail);
  };

  /** Somebody was not let in as a node. `subject`: the name, or the token, as far as one was given. */
  refused({ code, message }: BatonError, subject: string): void {
    increment(this.#refusals, code);
    const [key, now] = [`${code} ${subject}`, this.#now()];
    if (now < (this.#noted.get(key) ?? -Infinity) + notedAgainMs) return;
    if (this.#noted.size >= mostRefusals) this.#noted.clear();
    this.#noted.set(key, now);
    this.note("server", "node.refused", subject, { code, why: message });
  }

  /** How often each has happened: `joined`, `lost`, `token-created`. */
  get counts(): ReadonlyMap<string, number> {
    return this.#counts;
  }

  /** Who was not let in, by the code of the error. */
  get refusals(): ReadonlyMap<string, number> {
    return this.#refusals;
  }
}

function eventOf(action: AuditAction): string {
  return action.replace(/^node\./, "").replace(/^node-token\./, "token-");
}
