// Fields that descriptions of nodes, queues and jobs have in common.
import { escapePointer, get, readAmount, type Json, type JsonObject } from "@baton/core";
import type { Amounts, Labels, Taint } from "@baton/scheduler";
import { describe, type JsonReader } from "../json-reader.ts";

/** Reads the amounts at a place: as people write them, or as whole numbers. */
export type ReadAmounts = (json: JsonReader, value: Json | undefined, at: string) => Amounts;

/** Amounts as people write them ("64Gi", cores of cpu). */
export const writtenAmounts: ReadAmounts = (json, value, at) => {
  const object = json.object(value, at);
  const amounts: { [resource: string]: number } = {};
  for (const [resource, written] of Object.entries(object ?? {})) {
    const amount = readAmount(resource, written);
    if (amount.ok) amounts[resource] = amount.value;
    else json.wrong(`${at}/${escapePointer(resource)}`, amount.error);
  }
  if (object && Object.keys(object).length === 0) json.wrong(at, "No resource is named here.");
  return amounts;
};

/** Amounts as the scheduler counts them: whole numbers. */
export const countedAmounts: ReadAmounts = (json, value, at) => {
  const object = json.object(value, at);
  const amounts: { [resource: string]: number } = {};
  for (const resource of Object.keys(object ?? {})) {
    const amount = object && json.number(object, resource, at, { min: 0, max: Number.MAX_SAFE_INTEGER, whole: true });
    if (amount !== undefined) amounts[resource] = amount;
  }
  return amounts;
};

/** Texts by key; none where nothing is said. */
export function readLabels(json: JsonReader, value: Json | undefined, at: string): Labels {
  if (value === undefined) return {};
  const labels: { [key: string]: string } = {};
  for (const [key, label] of Object.entries(json.object(value, at) ?? {})) {
    if (typeof label === "string") labels[key] = label;
    else json.wrong(`${at}/${escapePointer(key)}`, `Expected a text here, but there is ${describe(label)}.`);
  }
  return labels;
}

/** The taints of a node. */
export function readTaints(json: JsonReader, node: JsonObject, at: string): Taint[] {
  return json.optionalArray(node, "taints", at).flatMap((taint, i) => readTaint(json, taint, `${at}/taints/${i}`) ?? []);
}

function readTaint(json: JsonReader, value: Json, at: string): Taint | undefined {
  const taint = json.object(value, at);
  if (!taint) return undefined;
  json.known(taint, at, ["key", "value", "effect"]);
  const key = json.string(taint, "key", at);
  const written = json.optionalString(taint, "value", at);
  const effect = get(taint, "effect") === undefined ? "no-schedule" : json.oneOf(taint, "effect", at, ["no-schedule", "prefer-not"]);
  if (key === undefined || effect === undefined) return undefined;
  return written === undefined ? { key, effect } : { key, value: written, effect };
}

/** The fields that are there, without those that were left out. */
export function present<T extends object>(fields: { readonly [P in keyof T]: T[P] | undefined }): T {
  return Object.fromEntries(Object.entries(fields).filter(([, value]) => value !== undefined)) as T;
}
