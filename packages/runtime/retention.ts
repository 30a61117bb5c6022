// Retention: runs that have ended are archived when their time is over, and only then forgotten.
//
// How long a run is kept is decided when it ends, and stored with that decision: what its flow says, or else the server's
// rules. A sweep takes what is due, a page at a time: written to the archive until that is durable, then deleted. A stop
// in between archives the same runs once more; readers tell them by their ids. A run that another one still awaits stays.
import { addDuration, type Instant, type Millis } from "@baton/core";
import type { Workflow } from "@baton/dsl";
import { decodeEvents, definitionsNamed, isSameDefinition } from "@baton/engine";
import { expiryPage } from "./limits.ts";
import type { ExpiredRun, RunSummary, Store } from "@baton/storage";
import type { ArchivedRun, Clock, LogRecord, RetentionRule, RunArchive } from "./runtime.ts";

/** What retention needs of the runtime. */
export interface RetentionParts {
  readonly store: Store;
  readonly clock: Clock;
  readonly log: (record: LogRecord) => void;
  /** Null: nothing is ever forgotten. */
  readonly archive: RunArchive | null;
}

const sweepIntervalMs: Millis = 60_000;

/** When a run that ended is to be forgotten; undefined: never. Of several rules the most precise one counts. */
export function expiryOf(rules: readonly RetentionRule[], workflow: Workflow, run: RunSummary): Instant | undefined {
  if (run.endedAt === null) return undefined;
  const { status, namespace } = run;
  const own = isEnd(status) ? workflow.retention?.[status] : undefined;
  const fitting = rules.filter((rule) => (rule.namespace ?? namespace) === namespace && (rule.status ?? status) === status);
  const keep = own ?? fitting.toSorted((a, b) => precision(b) - precision(a))[0]?.keep;
  return keep && addDuration(run.endedAt, keep);
}

function isEnd(status: string): status is "completed" | "faulted" | "cancelled" {
  return status === "completed" || status === "faulted" || status === "cancelled";
}

function precision({ namespace, status }: RetentionRule): number {
  return (namespace === undefined ? 0 : 2) + (status === undefined ? 0 : 1);
}

/** Archives and forgets what is due, every minute. */
export class RetentionSweep {
  readonly #parts: RetentionParts;
  #cancel: () => void = () => undefined;
  #sweeping: Promise<void> = Promise.resolve();
  #stopped = false;

  constructor(parts: RetentionParts) {
    this.#parts = parts;
  }

  start(): void {
    if (this.#parts.archive === null || this.#stopped) return;
    this.#sweeping = this.#sweep(this.#parts.archive).catch((error: unknown) => {
      this.#parts.log({ level: "error", message: "Runs could not be archived; they are kept, and tried again in a minute.", error });
    });
    void this.#sweeping.then(() => {
      if (!this.#stopped) this.#cancel = this.#parts.clock.after(sweepIntervalMs, () => this.start());
    });
  }

  /** Resolves when what was under way is finished. */
  async stop(): Promise<void> {
    this.#stopped = true;
    this.#cancel();
    await this.#sweeping;
  }

  async #sweep(archive: RunArchive): Promise<void> {
    const { store, clock, log } = this.#parts;
    let gone = 0;
    let last: ExpiredRun | null = null;
    for (;;) {
      const page: readonly ExpiredRun[] = await store.expiredRuns(clock.now(), last, expiryPage);
      last = page.at(-1) ?? null;
      if (last === null || this.#stopped) break;
      gone += await this.#forget(archive, page);
    }
    if (gone > 0) log({ level: "info", message: `${gone} ${gone === 1 ? "run was" : "runs were"} archived and forgotten.` });
  }

  async #forget(archive: RunArchive, page: readonly ExpiredRun[]): Promise<number> {
    const { store } = this.#parts;
    const runs = (await Promise.all(page.map((run) => this.#read(run)))).filter((run) => run !== null);
    if (runs.length === 0) return 0;
    await archive.write(runs, this.#parts.clock.now());
    const tenants = Map.groupBy(runs, (run) => run.summary.tenant);
    let gone = 0;
    for (const [tenant, own] of tenants)
      gone += await store.deleteRuns(
        tenant,
        own.map((run) => run.summary.id),
      );
    return gone;
  }

  /** The documents that the history of a run was made by, but for its present one. */
  async #formerOf({ tenant, namespace, workflow: name, version }: RunSummary, envelopes: readonly string[]): Promise<readonly string[]> {
    const named = definitionsNamed(envelopes.flatMap(decodeEvents)).filter((one) => !isSameDefinition(one, { namespace, name, version }));
    const stored = await Promise.all(named.map((one) => this.#parts.store.getDefinition(tenant, one.namespace, one.name, one.version)));
    return stored.flatMap((one) => one?.source ?? []);
  }

  /** Null: the run is gone, or somebody still waits for it. */
  async #read({ tenant, id }: ExpiredRun): Promise<ArchivedRun | null> {
    const { store } = this.#parts;
    const stored = await store.readRun(tenant, id);
    if (stored === null) return null;
    const { summary } = stored;
    const parent = summary.parentId === null ? null : await store.readRun(tenant, summary.parentId);
    if (parent !== null && parent.summary.endedAt === null) return null;
    const { namespace, workflow, version } = summary;
    const [envelopes, attributes, definition] = await Promise.all([
      store.readHistory(tenant, id),
      store.readAttributes(tenant, id),
      store.getDefinition(tenant, namespace, workflow, version),
    ]);
    const former = await this.#formerOf(summary, envelopes);
    return { summary, attributes, envelopes, source: definition?.source ?? null, ...(former.length > 0 && { former }) };
  }
}
