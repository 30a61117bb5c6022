// Objects that are applied together: everything is checked, then all of it is stored in one transaction, then it takes effect.
// A server that dies in between finds all of it at its next start, or nothing.
import type { AuditEntry, Store, StoredObject } from "@baton/storage";
import { currentAsker } from "../asker.ts";
import type { JobMeters } from "./job-meters.ts";

/** What became of an object. */
export interface AppliedObject {
  readonly kind: "tenant" | "queue" | "resource" | "policy" | "deployment" | "autoscaler";
  readonly name: string;
  readonly result: "created" | "changed" | "unchanged";
}

/** Objects of some kinds that were checked, and wait to be stored with what else is applied. */
export interface Staged {
  readonly results: readonly AppliedObject[];
  /** What is to be stored: nothing of what stays as it is. */
  readonly objects: readonly StoredObject[];
  readonly audit: readonly AuditEntry[];
  /** Called once it is stored; resolves when it has taken effect. */
  readonly carryOut: () => Promise<void>;
  /** Called instead when it could not be stored. */
  readonly takeBack: () => void;
}

/** Stores all of it in one transaction and lets it take effect; rejects with what kept it from being stored, and nothing happens. */
export async function applyStaged(
  store: Store,
  tenant: string,
  meters: JobMeters,
  staged: readonly Staged[],
): Promise<readonly AppliedObject[]> {
  const objects = staged.flatMap((one) => one.objects);
  const from = currentAsker();
  const audit = staged.flatMap((one) => one.audit).map((entry) => ({ ...entry, ...(from && { from }) }));
  try {
    if (objects.length > 0) await store.commitJobs({ inserts: [], updates: [], objects, keysTenant: tenant, audit });
  } catch (error) {
    for (const one of [...staged].reverse()) one.takeBack();
    throw error;
  }
  for (const one of staged) await one.carryOut();
  const results = staged.flatMap((one) => one.results);
  for (const { kind, result } of results) if (result !== "unchanged") meters.applied(kind, result);
  return results;
}

/** One thing after another: what is staged is taken back to what was there when it was. */
export class Turns {
  #last: Promise<unknown> = Promise.resolve();

  take<T>(work: () => Promise<T>): Promise<T> {
    const done = this.#last.then(work, work);
    this.#last = done.catch(() => undefined);
    return done;
  }
}
