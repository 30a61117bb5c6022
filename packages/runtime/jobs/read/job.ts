// One job as people write it.
import { formatBytes, type Json } from "@baton/core";
import type { JobWork } from "@baton/executors";
import type { JobDefinition, NewJob, Placement, RetryRule } from "../definition.ts";
import {
  defaultCpuMillis,
  defaultLostRetries,
  maxJobsPerSubmission,
  maxPayloadBytes,
  maxRetries,
  mostPids,
  retryWaitMs,
  slotResource,
} from "../limits.ts";
import { readConstraints } from "./constraints.ts";
import { given, type Fields } from "./fields.ts";
import { readJobWebhook } from "./webhook.ts";
import { readWork, workFields } from "./work.ts";

/** The fields of a job. */
export const jobFields: readonly string[] = [
  ...workFields,
  "name",
  "payload",
  "environment",
  "queue",
  "tenant",
  "priority",
  "weight",
  "resources",
  "limits",
  "expectedDuration",
  "timeout",
  "deadline",
  "notBefore",
  "after",
  "labels",
  "constraints",
  "retries",
  "gang",
  "array",
  "preemptible",
  "inputSize",
  "webhook",
];

/** What jobs call it elsewhere. */
const jobWords: ReadonlyMap<string, string> = new Map([
  ["cmd", "command"],
  ["env", "environment"],
  ["input", "payload"],
  ["stdin", "payload"],
  ["dependencies", "after"],
  ["dependsOn", "after"],
  ["depends_on", "after"],
  ["needs", "after"],
  ["retry", "retries"],
  ["nodeSelector", "constraints.labels"],
]);
/** What a job asks for is what it may use. */
const limitWords: ReadonlyMap<string, string> = new Map(["cpu", "memory", "disk", "gpu"].map((name) => [name, `resources.${name}`]));

const longestName = 100;
const name = { is: /^[A-Za-z0-9](?:[\w.-]*[A-Za-z0-9])?$/, what: "letters, digits, dots, hyphens and underscores" };
const variable = /^[A-Za-z_]\w*$/;
const label = /^[\w./:@-]{1,250}$/;
const mostDependencies = 10_000;

/** A job with what is still to be sorted out among the jobs of its submission. */
export interface WrittenJob {
  /** But for its payload it is as the one before it, and shares all else with that one. */
  readonly repeats: boolean;
  readonly fields: Fields;
  readonly job: NewJob;
  readonly tenant: string | undefined;
  readonly gang: { readonly id: string; readonly size: number | undefined } | undefined;
  readonly array: { readonly count: number; readonly maxRunning: number | undefined } | undefined;
}

/** The jobs that at least say what they do. Of those that differ in their payloads alone, only the first one is read as a whole. */
export function readJobs(list: readonly Fields[]): readonly WrittenJob[] {
  const jobs: WrittenJob[] = [];
  for (const fields of list) {
    const before = jobs.at(-1);
    const job = before !== undefined && isRepetition(fields, before) ? repeat(fields, before) : readJob(fields);
    if (job !== undefined) jobs.push(job);
  }
  return jobs;
}

/** What names others, or has a number of its own, is no repetition; neither is anything once something is wrong. */
function isRepetition(fields: Fields, { job, gang, array, fields: before }: WrittenJob): boolean {
  if (fields.problems.length > 0 || job.name !== null || job.after.length > 0 || gang !== undefined || array !== undefined) return false;
  return fields.equals(before, "payload");
}

function repeat(fields: Fields, { job, tenant }: WrittenJob): WrittenJob {
  const payload = fields.raw("payload") ?? null;
  checkSize(fields, { payload });
  const definition = { ...job.definition, payload };
  const again = { name: null, after: job.after, definition, at: fields.at };
  return { repeats: true, fields, tenant, gang: undefined, array: undefined, job: again };
}

/** One job; undefined where it does not even say what it does. */
function readJob(fields: Fields): WrittenJob | undefined {
  fields.only(jobFields, jobWords);
  const work = readWork(fields);
  const written = {
    repeats: false,
    fields,
    tenant: fields.text("tenant", longestName),
    gang: readGang(fields),
    array: readArray(fields),
  };
  const after = fields.texts("after", mostDependencies, longestName) ?? [];
  const jobName = fields.text("name", longestName, name) ?? null;
  const definition = readDefinition(fields, work ?? { kind: "command", command: [] });
  return work === undefined ? undefined : { ...written, job: { name: jobName, after, definition, at: fields.at } };
}

function readDefinition(fields: Fields, work: JobWork): JobDefinition {
  const payload = fields.raw("payload") ?? null;
  const environment = fields.map("environment", variable, maxPayloadBytes) ?? {};
  const timeoutMs = fields.span("timeout") ?? null;
  const webhook = readJobWebhook(fields);
  const pids = readPids(fields, work);
  checkSize(fields, { work, payload, environment });
  const rules = { placement: readPlacement(fields, work, timeoutMs), retries: readRetries(fields), timeoutMs };
  return { work, payload, environment, ...rules, ...given({ webhook, pids }) };
}

function checkSize(fields: Fields, parts: { readonly [part: string]: Json }): void {
  for (const [part, value] of Object.entries(parts)) {
    if (isSmall(value)) continue;
    const bytes = Buffer.byteLength(JSON.stringify(value));
    if (bytes > maxPayloadBytes)
      fields.wrong(
        part === "work" ? "" : part,
        `${part === "work" ? "the command" : part} takes ${formatBytes(bytes)} as JSON, ${formatBytes(bytes - maxPayloadBytes)} more than the ${formatBytes(maxPayloadBytes)} that are taken (keep large data elsewhere and send where it lies)`,
        part === "payload" ? "payload-too-large" : undefined,
      );
  }
}

/** What is certainly within the bounds, without a look at its text. */
function isSmall(value: Json): boolean {
  if (typeof value === "string") return value.length < maxPayloadBytes / 8;
  return typeof value !== "object" || value === null || isFlat(value);
}

/** Few short texts and numbers. */
function isFlat(value: object): boolean {
  let left = 20;
  for (const key in value) {
    const part: unknown = (value as { readonly [key: string]: unknown })[key];
    if (left-- === 0 || key.length > shortText || (typeof part === "string" ? part.length > shortText : typeof part === "object"))
      return false;
  }
  return true;
}

const shortText = 1_000;

function readPlacement(fields: Fields, work: JobWork, limitMs: number | null): Placement {
  const constraints = fields.object("constraints");
  const asked = fields.amounts("resources") ?? {};
  return given<Placement>({
    requests: work.kind === "function" ? { [slotResource]: 1, ...asked } : { cpu: defaultCpuMillis, ...asked },
    queue: fields.text("queue", longestName),
    limitMs: limitMs ?? undefined,
    expectedMs: fields.span("expectedDuration"),
    priority: fields.whole("priority", 0, 100),
    weight: fields.number("weight", 0),
    deadline: fields.instant("deadline"),
    notBefore: fields.instant("notBefore"),
    labels: fields.map("labels", label, longestName),
    constraints: constraints && readConstraints(constraints),
    preemptible: fields.flag("preemptible"),
    inputSize: fields.number("inputSize", 0),
    predictionKey: predictionKeyOf(work),
  });
}

/** What it may use at most and does not ask for: processes are not shared out among jobs. */
function readPids(fields: Fields, work: JobWork): number | undefined {
  const limits = fields.object("limits");
  if (limits === undefined) return undefined;
  limits.only(["pids"], limitWords);
  if (work.kind === "function")
    fields.wrong("limits", "a function shares the processes of its worker: limits are for commands, scripts and containers");
  return limits.whole("pids", 1, mostPids);
}

/** Durations are learned by function, and by program. */
function predictionKeyOf(work: JobWork): string {
  if (work.kind === "function") return `function ${work.function}:${work.version}`;
  if (work.kind === "container") return `container ${work.image}`;
  if (work.kind === "package") return `package ${work.digest}`;
  return work.kind === "command" ? `command ${work.command[0] ?? ""}` : `script ${work.language}`;
}

/** A number counts for failures; lost nodes have their own. */
function readRetries(fields: Fields): RetryRule {
  const none = { failed: 0, lost: defaultLostRetries, delayMs: retryWaitMs.first };
  if (typeof fields.raw("retries") === "number") return { ...none, failed: fields.whole("retries", 0, maxRetries) ?? 0 };
  const rule = fields.object("retries");
  if (rule === undefined) return none;
  rule.only(["failed", "lost", "delay"]);
  return {
    failed: rule.whole("failed", 0, maxRetries) ?? 0,
    lost: rule.whole("lost", 0, maxRetries) ?? defaultLostRetries,
    delayMs: rule.span("delay") ?? retryWaitMs.first,
  };
}

/** A name, or name and size. */
function readGang(fields: Fields): WrittenJob["gang"] {
  if (typeof fields.raw("gang") === "string") return { id: fields.text("gang", longestName) ?? "", size: undefined };
  const gang = fields.object("gang");
  if (gang === undefined) return undefined;
  gang.only(["name", "size"]);
  const id = gang.text("name", longestName);
  if (id === undefined) gang.wrong("name", "a gang needs a name");
  return { id: id ?? "", size: gang.whole("size", 1, maxJobsPerSubmission) };
}

/** A count, or count and how many may run at a time. */
function readArray(fields: Fields): WrittenJob["array"] {
  if (typeof fields.raw("array") === "number") return arrayOf(fields.whole("array", 1, maxJobsPerSubmission), undefined);
  const array = fields.object("array");
  if (array === undefined) return undefined;
  array.only(["count", "maxRunning"]);
  if (!array.has("count")) array.wrong("count", "an array needs a count");
  return arrayOf(array.whole("count", 1, maxJobsPerSubmission), array.whole("maxRunning", 1, maxJobsPerSubmission));
}

function arrayOf(count: number | undefined, maxRunning: number | undefined): WrittenJob["array"] {
  return count === undefined ? undefined : { count, maxRunning };
}
