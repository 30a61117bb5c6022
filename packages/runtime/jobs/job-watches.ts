// Who watches or awaits a job. The end of a job is told only when it is durable; what happens before is told as it happens.
import type { Job } from "./job.ts";
import { viewOf, type JobView } from "./view.ts";

/** A job as it is now, with a number that grows with each change. */
export interface JobUpdate {
  readonly version: number;
  readonly job: JobView;
  readonly final: boolean;
}

type Listener = (update: JobUpdate) => void;

interface Watch {
  version: number;
  readonly listeners: Set<Listener>;
}

/** The watchers of all jobs. */
export class JobWatches {
  readonly #watches = new Map<string, Watch>();

  /** Calls the listener with each change from now on; the answer takes that back. */
  watch(id: string, listener: Listener): () => void {
    const watch = this.#watches.get(id) ?? { version: 1, listeners: new Set<Listener>() };
    this.#watches.set(id, watch);
    watch.listeners.add(listener);
    return () => {
      watch.listeners.delete(listener);
      if (watch.listeners.size === 0) this.#watches.delete(id);
    };
  }

  /** The number of a job's latest change. */
  versionOf(id: string): number {
    return this.#watches.get(id)?.version ?? 1;
  }

  /** A job goes on; its end is told by `ended`. */
  changed(job: Job): void {
    if (!job.ended) this.#tell(job, false);
  }

  /** Its end is durable. */
  ended(job: Job): void {
    this.#tell(job, true);
  }

  #tell(job: Job, final: boolean): void {
    const watch = this.#watches.get(job.id);
    if (watch === undefined) return;
    watch.version++;
    const update = { version: watch.version, job: viewOf(job), final };
    for (const listener of watch.listeners) listener(update);
  }
}
