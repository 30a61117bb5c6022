// What a running scheduler was told and what it decided, as it goes into a file: JSON lines, a header and then one line per
// event. A recording begins with an empty scheduler, so it holds everything that the decisions follow from.
//
//   {"format":"baton-recording","version":1,"at":1000,"policy":{...}}
//   {"at":1000,"event":{"type":"node-up",...}}
//   {"at":1005,"event":{"type":"jobs-submitted",...},"decisions":[...],"trace":[...],"wakeAt":4000}
//   {"end":"closed"}
//
// What is empty is left out. Without an end the server was killed, and the last line may be cut.
import { get, isObject, parseJson, type Instant, type Json, type JsonObject } from "@baton/core";
import type { Policy, SchedulerEvent, StepResult } from "@baton/scheduler";

/** Why a recording ends: the server stopped in order, the file was full, or it could not be written any more. */
export type RecordingEnd = "closed" | "limit" | "failed";

/** What the core answered. */
export type StepAnswer = Omit<StepResult<unknown>, "state">;

const format = "baton-recording";
const version = 1;

/** The first line, without the newline. */
export function writeRecordingHeader(policy: Policy, at: Instant): string {
  return JSON.stringify({ format, version, at, policy });
}

/** One event and what came of it, without the newline. */
export function writeRecordedStep(event: SchedulerEvent, at: Instant, answer: StepAnswer): string {
  return `{"at":${at},"event":${JSON.stringify(event)}${writeAnswer(answer)}}`;
}

/** The last line of a recording that was ended, without the newline. */
export function writeRecordingEnd(end: RecordingEnd): string {
  return JSON.stringify({ end });
}

/** What came of an event, as it stands at the end of its line: equal answers are equal text. */
export function writeAnswer({ decisions, trace, wakeAt }: StepAnswer): string {
  const decided = decisions.length === 0 ? "" : `,"decisions":${JSON.stringify(decisions)}`;
  const noted = trace.length === 0 ? "" : `,"trace":${JSON.stringify(trace)}`;
  return `${decided}${noted}${wakeAt === undefined ? "" : `,"wakeAt":${wakeAt}`}`;
}

/** Whether a first line opens a recording. */
export function isRecordingHeader(line: string): boolean {
  const parsed = parseJson(line);
  return parsed.ok && isObject(parsed.value) && get(parsed.value, "format") === format;
}

/** A line that was read. */
export type RecordedLine =
  | { readonly kind: "header"; readonly policy: Policy; readonly at: Instant }
  | { readonly kind: "step"; readonly at: Instant; readonly event: SchedulerEvent; readonly answer: string }
  | { readonly kind: "end"; readonly end: RecordingEnd }
  | { readonly kind: "wrong"; readonly message: string };

/** Reads one line. */
export function readRecordedLine(text: string): RecordedLine {
  const parsed = parseJson(text);
  if (!parsed.ok) return wrong(`The line is not JSON: ${parsed.error}.`);
  if (!isObject(parsed.value)) return wrong("The line is no object.");
  const line = parsed.value;
  if (get(line, "format") !== undefined) return readHeader(line);
  const end = get(line, "end");
  if (end === "closed" || end === "limit" || end === "failed") return { kind: "end", end };
  return readStep(line);
}

function readHeader(line: JsonObject): RecordedLine {
  const [at, policy] = [get(line, "at"), get(line, "policy")];
  if (get(line, "format") !== format) return wrong(`The first line of a recording says {"format":"${format}"}.`);
  if (get(line, "version") !== version) return wrong(`Only version ${version} of the format can be read.`);
  if (typeof at !== "number" || !isObject(policy)) return wrong("The first line of a recording has a time and a policy.");
  return { kind: "header", at, policy: policy as unknown as Policy };
}

function readStep(line: JsonObject): RecordedLine {
  const [at, event, wakeAt] = [get(line, "at"), get(line, "event"), get(line, "wakeAt")];
  if (typeof at !== "number" || !isObject(event) || !eventTypes.has(get(event, "type"))) return wrong("The line has no time, or no event.");
  const answer = {
    decisions: (get(line, "decisions") ?? []) as unknown as StepAnswer["decisions"],
    trace: (get(line, "trace") ?? []) as unknown as StepAnswer["trace"],
    wakeAt: wakeAt as Instant | undefined,
  };
  return { kind: "step", at, event: event as unknown as SchedulerEvent, answer: writeAnswer(answer) };
}

function wrong(message: string): RecordedLine {
  return { kind: "wrong", message };
}

const types: { readonly [T in SchedulerEvent["type"]]: true } = {
  "jobs-submitted": true,
  "job-changed": true,
  "job-adopted": true,
  "job-started": true,
  "job-ended": true,
  "jobs-ended": true,
  "job-overran": true,
  "job-due": true,
  "job-suspended": true,
  "node-up": true,
  "node-down": true,
  "node-drained": true,
  "queues-changed": true,
  "policy-changed": true,
  "reservation-added": true,
  "reservation-removed": true,
  clock: true,
};
const eventTypes: ReadonlySet<Json | undefined> = new Set(Object.keys(types));
