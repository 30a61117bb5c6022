// The schedules of the store in memory.
import type { Instant } from "@baton/core";
import type { StoredSchedule } from "../port.ts";

/** Schedules by the flow that they belong to. */
export class MemorySchedules {
  readonly #schedules = new Map<string, StoredSchedule>();

  /** Whether it is written on the revision that is stored. */
  fits(schedule: StoredSchedule): boolean {
    return schedule.revision === (this.#schedules.get(keyOf(schedule))?.revision ?? 0) + 1;
  }

  put(schedule: StoredSchedule): boolean {
    const fits = this.fits(schedule);
    if (fits) this.replace(schedule);
    return fits;
  }

  replace(schedule: StoredSchedule): void {
    this.#schedules.set(keyOf(schedule), schedule);
  }

  remove(flow: FlowKey): void {
    this.#schedules.delete(keyOf(flow));
  }

  get(tenant: string, namespace: string, name: string): StoredSchedule | null {
    return this.#schedules.get(keyOf({ tenant, namespace, name })) ?? null;
  }

  list(tenant: string, namespace: string | undefined): readonly StoredSchedule[] {
    return [...this.#schedules.values()]
      .filter((one) => one.tenant === tenant && (namespace === undefined || one.namespace === namespace))
      .sort((a, b) => (keyOf(a) < keyOf(b) ? -1 : 1));
  }

  due(until: Instant, limit: number): readonly StoredSchedule[] {
    return [...this.#schedules.values()]
      .filter(({ dueAt }) => dueAt !== null && dueAt <= until)
      .sort((a, b) => (a.dueAt ?? 0) - (b.dueAt ?? 0))
      .slice(0, limit);
  }

  awaiting(): readonly StoredSchedule[] {
    return [...this.#schedules.values()].filter(({ awaitedRun }) => awaitedRun !== null);
  }
}

type FlowKey = Pick<StoredSchedule, "tenant" | "namespace" | "name">;

function keyOf({ tenant, namespace, name }: FlowKey): string {
  return `${tenant}\n${namespace}\n${name}`;
}
