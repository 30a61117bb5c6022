// Where a job may run, as people write it; docs/guide/scheduling.md says what each part means.
import { isObject } from "@baton/core";
import type { AffinityTerm, Constraints, LabelTerm, Preference, SpreadTerm, Toleration } from "@baton/scheduler";
import { given, type Fields } from "./fields.ts";

const most = 100;
const longest = 250;
const labelName = /^[\w./:@-]{1,250}$/;

/** The constraints of a job. */
export function readConstraints(fields: Fields): Constraints {
  fields.only(["nodes", "pools", "zones", "labels", "prefer", "near", "apart", "spread", "tolerations"]);
  return given<Constraints>({
    nodes: fields.texts("nodes", most, longest),
    pools: fields.texts("pools", most, longest),
    zones: fields.texts("zones", most, longest),
    labels: readLabels(fields),
    prefer: fields.objects("prefer", most)?.map(readPreference),
    near: fields.objects("near", most)?.map((term) => readAffinity(term, [])),
    apart: fields.objects("apart", most)?.map((term) => readAffinity(term, [])),
    spread: fields.objects("spread", most)?.map(readSpread),
    tolerations: fields.objects("tolerations", most)?.map(readToleration),
  });
}

/** Terms, or plain names and values that must all be so: `{ disk: ssd }`. */
function readLabels(fields: Fields): readonly LabelTerm[] | undefined {
  if (!isObject(fields.raw("labels") ?? null)) return fields.objects("labels", most)?.map((term) => readTerm(term, []));
  const wanted = fields.map("labels", labelName, longest) ?? {};
  return Object.entries(wanted).map(([key, value]): LabelTerm => ({ key, operator: "in", values: [value] }));
}

function readTerm(fields: Fields, more: readonly string[]): LabelTerm {
  fields.only(["key", "operator", "values", ...more]);
  const key = fields.text("key", longest) ?? needed(fields, "key");
  const values = fields.texts("values", most, longest);
  const operator = fields.choice("operator", ["in", "not-in", "exists", "absent"]) ?? "in";
  if (operator === "exists" || operator === "absent") {
    if (values !== undefined) fields.wrong("values", `values do not go with ${operator}`);
    return { key, operator };
  }
  if (values === undefined || values.length === 0) fields.wrong("values", `${operator} needs values`);
  return { key, operator, values: values ?? [] };
}

function readPreference(fields: Fields): Preference {
  return { ...readTerm(fields, ["weight"]), weight: fields.number("weight", 0) ?? 1 };
}

function readAffinity(fields: Fields, more: readonly string[]): AffinityTerm {
  fields.only(["labels", "domain", ...more]);
  return { labels: fields.map("labels", labelName, longest) ?? {}, domain: fields.text("domain", longest) ?? "node" };
}

function readSpread(fields: Fields): SpreadTerm {
  return { ...readAffinity(fields, ["maxSkew"]), maxSkew: fields.whole("maxSkew", 1, 1_000_000) ?? 1 };
}

function readToleration(fields: Fields): Toleration {
  fields.only(["key", "value"]);
  return given<Toleration>({ key: fields.text("key", longest) ?? needed(fields, "key"), value: fields.text("value", longest) });
}

function needed(fields: Fields, key: string): string {
  if (!fields.has(key)) fields.wrong(key, `${key} is needed`);
  return "";
}
