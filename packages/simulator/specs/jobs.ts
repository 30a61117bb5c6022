// Reads the specification of a job from JSON: every field has the type that the scheduler relies on. What the values mean, and
// whether such a job could run, is for the scheduler to say.
import { get, type Json, type JsonObject } from "@baton/core";
import type { AffinityTerm, Constraints, JobSpec, LabelTerm, Preference, SpreadTerm, Toleration } from "@baton/scheduler";
import type { JsonReader } from "../json-reader.ts";
import { countedAmounts, present, readLabels } from "./fields.ts";

const jobFields = [
  "id",
  "queue",
  "requests",
  "limitMs",
  "expectedMs",
  "priority",
  "weight",
  "deadline",
  "notBefore",
  "after",
  "gang",
  "array",
  "predictionKey",
  "inputSize",
  "labels",
  "constraints",
  "preemptible",
  "kind",
  "reservation",
];
const constraintFields = ["nodes", "pools", "zones", "labels", "prefer", "near", "apart", "spread", "tolerations"];

/** A job under a place; undefined where a field is not what it must be. */
export function readJob(json: JsonReader, value: Json | undefined, at: string): JobSpec | undefined {
  const job = json.object(value, at);
  if (!job) return undefined;
  const before = json.problems.length;
  json.known(job, at, jobFields);
  const spec = { id: json.string(job, "id", at) ?? "", requests: countedAmounts(json, get(job, "requests"), `${at}/requests`) };
  const rest = { ...readTimes(json, job, at), ...readGroups(json, job, at), ...readWishes(json, job, at) };
  return json.problems.length > before ? undefined : { ...spec, ...rest };
}

type Part<K extends keyof JobSpec> = Pick<JobSpec, K>;

function readTimes(
  json: JsonReader,
  job: JsonObject,
  at: string,
): Part<"limitMs" | "expectedMs" | "deadline" | "notBefore" | "inputSize" | "priority" | "weight"> {
  const number = (key: string, min: number): number | undefined => json.optionalNumber(job, key, at, { min });
  return present({
    limitMs: number("limitMs", 1),
    expectedMs: number("expectedMs", 1),
    deadline: number("deadline", 0),
    notBefore: number("notBefore", 0),
    inputSize: number("inputSize", 0),
    priority: json.optionalNumber(job, "priority", at, { min: 0, max: 100 }),
    weight: number("weight", 0),
  });
}

function readGroups(
  json: JsonReader,
  job: JsonObject,
  at: string,
): Part<"queue" | "after" | "gang" | "array" | "predictionKey" | "reservation"> {
  const part = (key: string, fields: readonly string[]): { readonly object: JsonObject; readonly place: string } | undefined => {
    const value = get(job, key);
    const object = value === undefined ? undefined : json.object(value, `${at}/${key}`);
    if (object) json.known(object, `${at}/${key}`, fields);
    return object && { object, place: `${at}/${key}` };
  };
  const gang = part("gang", ["id", "size"]);
  const array = part("array", ["id", "index", "maxRunning"]);
  return present({
    queue: json.optionalString(job, "queue", at),
    after: get(job, "after") === undefined ? undefined : json.strings(job, "after", at),
    gang: gang && {
      id: json.string(gang.object, "id", gang.place) ?? "",
      size: json.number(gang.object, "size", gang.place, { min: 1, whole: true }) ?? 1,
    },
    array: array && {
      id: json.string(array.object, "id", array.place) ?? "",
      index: json.number(array.object, "index", array.place, { min: 0, whole: true }) ?? 0,
      ...present<{ readonly maxRunning?: number }>({
        maxRunning: json.optionalNumber(array.object, "maxRunning", array.place, { min: 1, whole: true }),
      }),
    },
    predictionKey: json.optionalString(job, "predictionKey", at),
    reservation: json.optionalString(job, "reservation", at),
  });
}

function readWishes(json: JsonReader, job: JsonObject, at: string): Part<"labels" | "constraints" | "preemptible" | "kind"> {
  const constraints = get(job, "constraints");
  return present({
    labels: get(job, "labels") === undefined ? undefined : readLabels(json, get(job, "labels"), `${at}/labels`),
    constraints: constraints === undefined ? undefined : readConstraints(json, constraints, `${at}/constraints`),
    preemptible: json.optionalBoolean(job, "preemptible", at),
    kind: get(job, "kind") === undefined ? undefined : json.oneOf(job, "kind", at, ["cpu", "io", "mixed"]),
  });
}

function readConstraints(json: JsonReader, value: Json, at: string): Constraints {
  const object = json.object(value, at);
  if (!object) return {};
  json.known(object, at, constraintFields);
  const names = (key: string): string[] | undefined => (get(object, key) === undefined ? undefined : json.strings(object, key, at));
  const list = <T>(key: string, read: (item: JsonObject, place: string) => T): T[] | undefined =>
    get(object, key) === undefined
      ? undefined
      : json.optionalArray(object, key, at).flatMap((one, i) => {
          const item = json.object(one, `${at}/${key}/${i}`);
          return item ? [read(item, `${at}/${key}/${i}`)] : [];
        });
  return present<Constraints>({
    nodes: names("nodes"),
    pools: names("pools"),
    zones: names("zones"),
    labels: list("labels", (item, place) => readTerm(json, item, place)),
    prefer: list("prefer", (item, place): Preference => ({
      ...readTerm(json, item, place),
      weight: json.number(item, "weight", place) ?? 0,
    })),
    near: list("near", (item, place) => readAffinity(json, item, place)),
    apart: list("apart", (item, place) => readAffinity(json, item, place)),
    spread: list("spread", (item, place): SpreadTerm => {
      const maxSkew = json.number(item, "maxSkew", place, { min: 1, whole: true }) ?? 1;
      return { ...readAffinity(json, item, place), maxSkew };
    }),
    tolerations: list("tolerations", (item, place): Toleration => ({
      key: json.string(item, "key", place) ?? "",
      ...present<{ readonly value?: string }>({ value: json.optionalString(item, "value", place) }),
    })),
  });
}

function readTerm(json: JsonReader, item: JsonObject, at: string): LabelTerm {
  const key = json.string(item, "key", at) ?? "";
  const operator = json.oneOf(item, "operator", at, ["in", "not-in", "exists", "absent"]) ?? "exists";
  return operator === "in" || operator === "not-in" ? { key, operator, values: json.strings(item, "values", at) } : { key, operator };
}

function readAffinity(json: JsonReader, item: JsonObject, at: string): AffinityTerm {
  return { labels: readLabels(json, get(item, "labels"), `${at}/labels`), domain: json.string(item, "domain", at) ?? "" };
}
