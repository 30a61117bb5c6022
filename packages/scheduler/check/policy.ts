// Reads a policy from JSON: every mistake with its place, and the name that was probably meant.
import { err, get, isArray, isObject, nearest, ok, type Json, type JsonObject, type Result } from "@baton/core";
import { problem } from "../errors.ts";
import type { LearnerName, PlacementName, Policy } from "../policy.ts";
import type { Problem } from "../types.ts";

/** What a parameter must be. */
type Parameter = "positive" | "non-negative" | "boolean" | "names" | "any-number";

/** The parameters of one choice: a name with a question mark may be left out. */
interface Choice {
  readonly [parameter: string]: Parameter | readonly string[];
}

const orders: { readonly [name: string]: Choice } = {
  fcfs: {},
  sjf: {},
  srtf: {},
  edf: {},
  mct: {},
  heft: {},
  peft: {},
  wfp3: {},
  unicef: {},
  f1: {},
  rr: { sliceMs: "positive" },
  priority: { pointsPerHour: "non-negative" },
  expansion: { "capMs?": "positive" },
  balanced: { crowdedMs: "positive", capMs: "positive", capDrains: "non-negative" },
};
const backfills: { readonly [name: string]: Choice } = { none: {}, easy: { by: ["queue-order", "shortest"] }, conservative: {} };
const fairness: { readonly [name: string]: Choice } = {
  none: {},
  drf: { "halfLifeMs?": "positive", "capMs?": "positive" },
  "weighted-fair": { "capMs?": "positive" },
};
/** The names of all placement policies. */
export const placementNames: readonly PlacementName[] = [
  "round-robin",
  "weighted-round-robin",
  "random",
  "power-of-two",
  "least-connections",
  "least-remaining-time",
  "best-fit",
  "worst-fit",
  "bin-pack",
  "min-completion-time",
  "static",
];
/** The names of all learners of run times. */
export const learnerNames: readonly LearnerName[] = ["limit", "mean-of-two", "max-of-three", "quantile", "regression", "best"];

/** The names of all orders. */
export const orderNames: readonly string[] = Object.keys(orders);
/** The names of all kinds of backfilling. */
export const backfillNames: readonly string[] = Object.keys(backfills);
/** The names of all kinds of fairness between queues. */
export const fairnessNames: readonly string[] = Object.keys(fairness);

const placement: { readonly [name: string]: Choice } = Object.fromEntries(
  placementNames.map((name) => [name, { "candidates?": "non-negative", "seed?": "any-number" } as const]),
);
const prediction: Choice = { learner: learnerNames, correction: ["limit", "steps"], reserve: ["estimate", "p90", "limit"] };
const preemption: Choice = { reclaim: "boolean", "priorityGap?": "positive", suspendedKeep: "names" };

/** Reads a policy; or all that is wrong with it. */
export function parsePolicy(json: Json): Result<Policy, readonly Problem[]> {
  const problems: Problem[] = [];
  if (!isObject(json)) return err([mistake("", "a policy is an object")]);
  const parts = { order: orders, backfill: backfills, placement, fairness };
  unknownFields(json, "", [...Object.keys(parts), "prediction", "preemption"], problems);
  for (const [part, choices] of Object.entries(parts)) checkChoice(get(json, part), `/${part}`, choices, problems);
  checkParameters(get(json, "prediction"), "/prediction", prediction, problems);
  checkParameters(get(json, "preemption"), "/preemption", preemption, problems);
  return problems.length > 0 ? err(problems) : ok(json as unknown as Policy);
}

function checkChoice(json: Json | undefined, place: string, choices: { readonly [name: string]: Choice }, problems: Problem[]): void {
  if (!isObject(json)) return void problems.push(mistake(place, "is missing: an object with a name"));
  const name = get(json, "name");
  const choice = typeof name === "string" && Object.hasOwn(choices, name) ? choices[name] : undefined;
  if (choice === undefined) return void problems.push(unknownName(`${place}/name`, name, Object.keys(choices)));
  checkParameters(json, place, choice, problems, ["name"]);
}

function checkParameters(json: Json | undefined, place: string, choice: Choice, problems: Problem[], others: readonly string[] = []): void {
  if (!isObject(json)) return void problems.push(mistake(place, "is missing: an object"));
  const names = Object.keys(choice).map((key) => key.replace("?", ""));
  unknownFields(json, place, [...names, ...others], problems);
  for (const [key, wanted] of Object.entries(choice)) {
    const name = key.replace("?", "");
    const value = get(json, name);
    if (value === undefined && key.endsWith("?")) continue;
    const found = checkValue(value, `${place}/${name}`, wanted);
    if (found !== undefined) problems.push(found);
  }
}

function checkValue(value: Json | undefined, place: string, wanted: Parameter | readonly string[]): Problem | undefined {
  if (typeof wanted !== "string")
    return typeof value === "string" && wanted.includes(value) ? undefined : unknownName(place, value, wanted);
  const isNumber = typeof value === "number" && Number.isFinite(value);
  const holds: { readonly [P in Parameter]: boolean } = {
    positive: isNumber && value > 0,
    "non-negative": isNumber && value >= 0,
    "any-number": isNumber,
    boolean: typeof value === "boolean",
    names: isArray(value ?? null) && (value as readonly Json[]).every((one) => typeof one === "string"),
  };
  const words: { readonly [P in Parameter]: string } = {
    positive: "a number above 0",
    "non-negative": "a number from 0",
    "any-number": "a number",
    boolean: "true or false",
    names: "a list of names",
  };
  return holds[wanted] ? undefined : mistake(place, `is ${JSON.stringify(value) ?? "missing"}: it must be ${words[wanted]}`);
}

function unknownFields(json: JsonObject, place: string, known: readonly string[], problems: Problem[]): void {
  for (const name of Object.keys(json)) if (!known.includes(name)) problems.push(unknownName(`${place}/${name}`, name, known));
}

function unknownName(place: string, name: Json | undefined, known: readonly string[]): Problem {
  const meant = typeof name === "string" ? nearest(name, known) : undefined;
  return mistake(
    place,
    `there is no ${JSON.stringify(name) ?? "name"}`,
    meant === undefined ? `Choose one of: ${known.join(", ")}.` : `Did you mean ${meant}?`,
  );
}

function mistake(place: string, message: string, next?: string): Problem {
  return problem("policy-invalid", place === "" ? "/" : place, message, next);
}
