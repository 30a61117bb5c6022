// Schedules as they are stored: the state as text, with what the store must find them by.
import { get, isObject, jsonEquals, type Json } from "@baton/core";
import type { Workflow, WorkflowReference } from "@baton/dsl";
import { wakeAt, type ScheduleState } from "@baton/engine";
import type { StoredSchedule } from "@baton/storage";

/** The flow that a schedule belongs to. */
export type FlowKey = Pick<StoredSchedule, "tenant" | "namespace" | "name">;

/** The key of a schedule, also of its chance. */
export function keyOf({ tenant, namespace, name }: FlowKey): string {
  return `${tenant}\n${namespace}\n${name}`;
}

/** The version that a schedule comes from. */
export function flowOf({ namespace, name, version }: StoredSchedule): WorkflowReference {
  return { namespace, name, version };
}

/** The state that is stored. This version of Baton wrote it, or one before whose form it reads. */
export function stateOf({ state }: StoredSchedule): ScheduleState {
  return JSON.parse(state) as ScheduleState;
}

/** The record that follows, with that state. */
export function withState(before: Omit<StoredSchedule, "dueAt" | "awaitedRun" | "state">, state: ScheduleState): StoredSchedule {
  const { tenant, namespace, name, version, revision } = before;
  const found = { dueAt: wakeAt(state), awaitedRun: state.running, state: JSON.stringify(state) };
  return { tenant, namespace, name, version, revision: revision + 1, ...found };
}

/** Whether two versions say the same about when they run. */
export function sameSchedule(a: Workflow, b: Workflow): boolean {
  return jsonEquals(scheduleText(a), scheduleText(b));
}

function scheduleText({ definition }: Workflow): Json {
  const path = ["document", "metadata", "baton", "schedule"];
  const options = path.reduce<Json>((value, key) => (isObject(value) ? (get(value, key) ?? null) : null), definition);
  return [definition["schedule"] ?? null, options];
}
