// What differs between two definitions, by the names of steps: what was added, removed, changed and moved, and which steps a
// run must not stand in if it is to go on with the other definition. The last follows the rules of move.ts: a step under
// way is found again by its name in the list of its parent, and must be of the same kind.
import { isArray, isObject, jsonEquals, type Json, type JsonObject } from "@baton/core";
import type { Task, TaskList, Workflow } from "@baton/dsl";
import { kindOf } from "./move.ts";
import { listOf } from "./snapshot.ts";

/** What became of a step. Names of steps within one another are joined by slashes. */
export interface StepChange {
  readonly change: "added" | "removed" | "changed" | "moved";
  readonly step: string;
  readonly kind: string;
  /** Of `changed`: the keys that differ, such as `with.endpoint`. */
  readonly keys?: readonly string[];
  /** Of `moved`: where it was, the list and the step before it. */
  readonly from?: string;
  readonly to?: string;
}

/** A step that a run must not stand in, or have behind it, if it is to be migrated. */
export interface Obstacle {
  readonly step: string;
  readonly why: string;
}

/** All that differs between two definitions. */
export interface FlowDiff {
  readonly steps: readonly StepChange[];
  /** What differs outside of steps: `input.schema`, `schedule`, `use.functions.greet`. */
  readonly sections: readonly SectionChange[];
  /** Empty: every live run of the one can go on with the other. */
  readonly obstacles: readonly Obstacle[];
}

/** A part of the document that differs, by its keys. */
export interface SectionChange {
  readonly change: "added" | "removed" | "changed";
  readonly key: string;
}

/** Compares two definitions. */
export function diffFlows(from: Workflow, to: Workflow): FlowDiff {
  const comparison = new Comparison();
  comparison.lists(from.do, to.do, "");
  return { steps: comparison.steps(), sections: sectionChanges(from.definition, to.definition), obstacles: comparison.obstacles };
}

interface Found {
  readonly step: string;
  readonly list: string;
  readonly behind: string | undefined;
  readonly task: Task;
}

class Comparison {
  readonly obstacles: Obstacle[] = [];
  readonly #changes: StepChange[] = [];
  readonly #removed: Found[] = [];
  readonly #added: Found[] = [];

  /** The changes, with what left one list and came into another told once. */
  steps(): readonly StepChange[] {
    const taken = new Set<Found>();
    for (const gone of this.#removed) {
      const again = this.#added.find((come) => !taken.has(come) && isSameTask(gone.task, come.task));
      if (again === undefined) this.#changes.push({ change: "removed", step: gone.step, kind: kindOf(gone.task) });
      else {
        taken.add(again);
        this.#changes.push({ change: "moved", step: again.step, kind: kindOf(again.task), from: placeOf(gone), to: placeOf(again) });
      }
    }
    for (const come of this.#added) if (!taken.has(come)) this.#changes.push({ change: "added", step: come.step, kind: kindOf(come.task) });
    return this.#changes.sort((a, b) => (a.step < b.step ? -1 : a.step > b.step ? 1 : 0));
  }

  lists(before: TaskList, after: TaskList, path: string): void {
    const [old, now] = [found(before, path), found(after, path)];
    for (const one of old.values()) if (!now.has(one.task.name)) this.#lost(one);
    for (const one of now.values()) if (!old.has(one.task.name)) this.#added.push(one);
    const kept = before.filter(({ name }) => now.has(name)).map(({ name }) => name);
    const order = after.filter(({ name }) => old.has(name)).map(({ name }) => name);
    const still = longestCommon(kept, order);
    for (const name of order) {
      const [was, is] = [old.get(name), now.get(name)];
      if (was === undefined || is === undefined) continue;
      if (!still.has(name))
        this.#changes.push({ change: "moved", step: is.step, kind: kindOf(is.task), from: placeOf(was), to: placeOf(is) });
      this.#tasks(was, is);
    }
  }

  #lost(one: Found): void {
    this.#removed.push(one);
    this.#obstacle(one.step, "it is not there any more");
  }

  #tasks({ task: old, step }: Found, { task: now }: Found): void {
    const keys = changedKeys(ownPart(old), ownPart(now));
    if (keys.length > 0) this.#changes.push({ change: "changed", step, kind: kindOf(now), keys: keys.map(({ key }) => key) });
    if (old.compensate !== undefined && now.compensate === undefined) this.#obstacle(step, "it is done, and nothing undoes it any more");
    if (kindOf(old) !== kindOf(now)) return this.#obstacle(step, `it is ${kindOf(now)} now, and was ${kindOf(old)}`);
    if (isExtended(old) !== isExtended(now))
      return this.#obstacle(step, isExtended(now) ? "an extension is around it now" : "no extension is around it any more");
    if (old.kind === "listen" && !sameKey(old, now, "listen")) this.#obstacle(step, "it listens to something else now");
    this.lists(listOf(old, false), listOf(now, false), step);
    if (old.kind === "try" || now.kind === "try") this.lists(listOf(old, true), listOf(now, true), `${step}/catch`);
  }

  #obstacle(step: string, why: string): void {
    this.obstacles.push({ step, why });
  }
}

function found(list: TaskList, path: string): ReadonlyMap<string, Found> {
  const entries = list.map((task, index) => {
    const step = path === "" ? task.name : `${path}/${task.name}`;
    return [task.name, { step, list: path, behind: list[index - 1]?.name, task }] as const;
  });
  return new Map(entries);
}

function placeOf({ list, behind }: Found): string {
  const place = behind === undefined ? "at the start" : `behind ${behind}`;
  return list === "" ? place : `${place} of ${list}`;
}

function isExtended(task: Task): boolean {
  return task.kind === "do" && task.extended !== undefined;
}

function isSameTask(a: Task, b: Task): boolean {
  return a.name === b.name && jsonEquals(a.definition, b.definition);
}

function sameKey(a: Task, b: Task, key: string): boolean {
  return jsonEquals(a.definition[key] ?? null, b.definition[key] ?? null);
}

/** The names that stand in the same order in both lists, as many as there can be. */
function longestCommon(a: readonly string[], b: readonly string[]): ReadonlySet<string> {
  const place = new Map(b.map((name, index) => [name, index] as const));
  // The longest increasing run of places that ends with each name, by its length.
  const ends: { readonly place: number; readonly name: string; readonly before: number }[] = [];
  const byLength: number[] = [];
  for (const name of a) {
    const at = place.get(name) ?? 0;
    let length = byLength.findIndex((end) => (ends[end]?.place ?? 0) > at);
    if (length < 0) length = byLength.length;
    ends.push({ place: at, name, before: byLength[length - 1] ?? -1 });
    byLength[length] = ends.length - 1;
  }
  const names = new Set<string>();
  for (let end = byLength.at(-1) ?? -1; end >= 0; end = ends[end]?.before ?? -1) names.add(ends[end]?.name ?? "");
  return names;
}

/** The keys under which a task's own tasks lie: they are compared by themselves. */
const inner: { readonly [key: string]: readonly string[] } = { catch: ["do"], fork: ["branches"], foreach: ["do"] };

/** A task's definition without the tasks inside it. */
function ownPart({ definition }: Task): JsonObject {
  const entries = Object.entries(definition).flatMap(([key, value]) => {
    if ((key === "do" || key === "try") && isArray(value)) return [];
    const hidden = inner[key];
    if (hidden === undefined || !isObject(value)) return [[key, value] as const];
    return [[key, Object.fromEntries(Object.entries(value).filter(([name]) => !hidden.includes(name)))] as const];
  });
  return Object.fromEntries(entries);
}

/** How deep keys are told apart; what differs further inside counts for the key around it. */
const toldLevels = 3;

/** The keys that differ. */
function changedKeys(a: JsonObject, b: JsonObject, prefix = "", level = 1): SectionChange[] {
  const keys = new Set([...Object.keys(a), ...Object.keys(b)]);
  return [...keys].flatMap((name) => {
    const [old, now] = [valueOf(a, name), valueOf(b, name)];
    const key = prefix + name;
    if (old === undefined || now === undefined) return { change: old === undefined ? "added" : "removed", key } as const;
    if (jsonEquals(old, now)) return [];
    if (isObject(old) && isObject(now) && level < toldLevels) return changedKeys(old, now, `${key}.`, level + 1);
    return { change: "changed", key } as const;
  });
}

function valueOf(object: JsonObject, key: string): Json | undefined {
  return Object.hasOwn(object, key) ? object[key] : undefined;
}

const identity = ["namespace", "name", "version"];

/** What differs outside of steps, but for what names the versions. */
function sectionChanges(from: JsonObject, to: JsonObject): readonly SectionChange[] {
  const { do: _from, ...before } = from;
  const { do: _to, ...after } = to;
  return changedKeys(before, after).filter(({ key }) => !identity.some((name) => key === `document.${name}`));
}
