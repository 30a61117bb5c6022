// Watching a run, a job or a lock: one snapshot, then patches, then `end`.
//
// Invariant: `sent` is what the reader has after everything that was written. A patch is always made against it, so
// updates that come while the reader is behind, or in one turn of the event loop, become one patch.
import { diff, formatEvent } from "@baton/api";
import type { Json } from "@baton/core";
import type { JobUpdate, LockUpdate, RunUpdate } from "@baton/runtime";
import { tenant, type ApiAnswer, type EventStream, type Handler } from "../exchange.ts";
import { shownJob } from "./jobs.ts";
import { lockOf, shownLock, unusedLock } from "./locks.ts";

/** GET /v1/runs/{id}/watch */
export const watchRun: Handler = async (request, { runtime }) => {
  const seen = Number(request.text("Last-Event-ID") ?? Number.NaN);
  const watch = new Watch(seen);
  const show = ({ version, run, final }: RunUpdate): void => watch.update({ version, value: run as unknown as Json, final });
  const stop = await runtime.watchRun(tenant, request.path["id"] ?? "", show);
  return watch.open(stop);
};

/** GET /v1/jobs/{id}/watch. Its changes are not numbered beyond one connection: each begins with a snapshot. */
export const watchJob: Handler = async (request, { jobs }) => {
  const watch = new Watch(Number.NaN);
  const show = ({ version, job, final }: JobUpdate): void => watch.update({ version, value: shownJob(job) as unknown as Json, final });
  const stop = await jobs.desk.watch(request.path["id"] ?? "", show);
  return watch.open(stop);
};

/** GET /v1/locks/{name}/watch. It never ends by itself, and each connection begins with a snapshot. */
export const watchLock: Handler = (request, { runtime }) => {
  const watch = new Watch(Number.NaN);
  const lock = lockOf(request);
  const show = ({ version, lock: view }: LockUpdate): void =>
    watch.update({ version, value: (view === null ? unusedLock(lock) : shownLock(view)) as unknown as Json, final: false });
  return watch.open(runtime.locks.watch(lock, show));
};

/** What is watched, as it is now. */
interface Update {
  readonly version: number;
  readonly value: Json;
  readonly final: boolean;
}

class Watch {
  /** The version that the reader says it has; not a number where it has none. */
  readonly #seen: number;
  #latest: Update | undefined;
  #sent: Update | undefined;
  #out: EventStream | undefined;
  #behind = false;
  #scheduled = false;

  constructor(seen: number) {
    this.#seen = seen;
  }

  update(update: Update): void {
    this.#latest = update;
    this.#schedule();
  }

  /** The answer: a stream, or nothing where the reader has seen the end. */
  open(stop: () => void): ApiAnswer {
    const latest = this.#latest;
    if (latest?.version === this.#seen) {
      if (latest.final) return (stop(), { status: 204 });
      this.#sent = latest;
    }
    const stream = (out: EventStream): void => {
      this.#out = out;
      out.onClose(stop);
      out.onDrain(() => {
        this.#behind = false;
        this.#schedule();
      });
      this.#flush();
    };
    return { status: 200, stream };
  }

  #schedule(): void {
    if (this.#scheduled || this.#out === undefined) return;
    this.#scheduled = true;
    setImmediate(() => {
      this.#scheduled = false;
      this.#flush();
    });
  }

  #flush(): void {
    const [out, latest] = [this.#out, this.#latest];
    if (out === undefined || latest === undefined || this.#behind) return;
    const text = this.#textFor(latest);
    if (text !== "") this.#behind = !out.write(text);
    this.#sent = latest;
    if (!latest.final) return;
    out.write(formatEvent("end", "{}", String(latest.version)));
    out.end();
    this.#out = undefined;
  }

  #textFor(latest: Update): string {
    const id = String(latest.version);
    if (this.#sent === undefined) return formatEvent("snapshot", JSON.stringify(latest.value), id);
    if (this.#sent === latest) return "";
    const operations = diff(this.#sent.value, latest.value);
    return operations.length === 0 ? "" : formatEvent("patch", JSON.stringify(operations), id);
  }
}
