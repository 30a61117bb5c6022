// Jobs, their output and the cluster's objects in memory.
import { assert } from "@baton/core";
import type { ForgottenJobs, JobBatch, JobOutput, JobOutputKey, JobQuery, StoredJob, StoredObject } from "../job-port.ts";

/** The jobs of a store in memory. */
export class MemoryJobs {
  readonly #jobs = new Map<string, StoredJob>();
  readonly #outputs = new Map<string, Map<number, JobOutput>>();

  commit({ inserts, updates, outputs = [], cutOutputs = [] }: JobBatch): void {
    for (const job of inserts) this.#jobs.set(keyOf(job), job);
    for (const update of updates) {
      const job = this.#jobs.get(keyOf(update));
      assert(job !== undefined, `Expected the job ${update.id} to be stored.`);
      this.#jobs.set(keyOf(update), { ...job, ...update });
    }
    for (const output of outputs) this.#outputOf(output).set(output.position, output);
    for (const cut of cutOutputs) this.#outputOf(cut).delete(cut.position);
  }

  read(tenant: string, id: string): StoredJob | null {
    return this.#jobs.get(keyOf({ tenant, id })) ?? null;
  }

  list({ tenant, status, queue, graph, before, after, limit }: JobQuery): StoredJob[] {
    const first = after === undefined ? -1 : 1;
    return [...this.#jobs.values()]
      .filter((job) => job.tenant === tenant && (before === undefined || job.id < before) && (after === undefined || job.id > after))
      .filter((job) => (status ?? job.status) === job.status && (queue ?? job.queue) === job.queue && (graph ?? job.graph) === job.graph)
      .sort((a, b) => (a.id < b.id ? -first : first))
      .slice(0, limit);
  }

  /** Gives the ids of those that are gone. */
  forget({ tenant, before, endedBefore, limit }: ForgottenJobs): readonly string[] {
    const gone = [...this.#jobs.values()]
      .filter((job) => job.tenant === tenant && job.id < before && !job.active && (job.endedAt ?? Infinity) < endedBefore)
      .sort((a, b) => (a.id < b.id ? -1 : 1))
      .slice(0, limit);
    for (const job of gone) {
      this.#jobs.delete(keyOf(job));
      for (let attempt = 0; attempt <= job.attempt; attempt++) this.#outputs.delete(outputKey({ ...job, attempt }));
    }
    return gone.map(({ id }) => id);
  }

  active(after: { readonly tenant: string; readonly id: string } | null, limit: number): StoredJob[] {
    const all = [...this.#jobs.values()];
    const from = after === null ? 0 : all.findIndex((job) => job.tenant === after.tenant && job.id === after.id) + 1;
    return all
      .slice(from)
      .filter((job) => job.active)
      .slice(0, limit);
  }

  output(tenant: string, id: string, attempt: number, from: number, limit: number): JobOutput[] {
    const pieces = [...(this.#outputs.get(outputKey({ tenant, id, attempt }))?.values() ?? [])];
    return pieces
      .filter(({ position, bytes }) => position + bytes > from)
      .sort((a, b) => a.position - b.position)
      .slice(0, limit);
  }

  #outputOf(key: Omit<JobOutputKey, "position">): Map<number, JobOutput> {
    const name = outputKey(key);
    let pieces = this.#outputs.get(name);
    if (pieces === undefined) {
      pieces = new Map();
      this.#outputs.set(name, pieces);
    }
    return pieces;
  }
}

/** The cluster's objects of a store in memory. */
export class MemoryObjects {
  readonly #objects = new Map<string, StoredObject>();

  put(object: StoredObject): void {
    this.#objects.set(objectKey(object), object);
  }

  delete(tenant: string, kind: string, name: string): boolean {
    return this.#objects.delete(objectKey({ tenant, kind, name }));
  }

  list(tenant: string, kind: string): StoredObject[] {
    return [...this.#objects.values()]
      .filter((object) => object.tenant === tenant && object.kind === kind)
      .sort((a, b) => (a.name < b.name ? -1 : 1));
  }
}

function keyOf({ tenant, id }: { readonly tenant: string; readonly id: string }): string {
  return `${tenant}\n${id}`;
}

function outputKey({ tenant, id, attempt }: Omit<JobOutputKey, "position">): string {
  return `${tenant}\n${id}\n${attempt}`;
}

function objectKey({ tenant, kind, name }: Pick<StoredObject, "tenant" | "kind" | "name">): string {
  return `${tenant}\n${kind}\n${name}`;
}
