// Events as text: one envelope per decision, compact JSON. `{"v":1,"t":AT,"e":[[CODE,FIELD,...],...]}`: the time is that
// of the decision; an event is its code and its fields in the order of the table below. A field that may be absent
// is `[VALUE]` or 0, and zeros at the end are left out. The store never looks inside (docs/internals/engine.md).
import { assert, defined, isArray, isObject, parseJson, type Json } from "@baton/core";
import { engineError } from "./errors.ts";
import type { EventType, WorkflowEvent } from "./events.ts";

/** The version of envelopes that are written. */
export const envelopeVersion = 1;

interface Layout {
  readonly code: number;
  readonly required: readonly string[];
  readonly optional: readonly string[];
}

function layout(code: number, required: readonly string[] = [], optional: readonly string[] = []): Layout {
  return { code, required, optional };
}

/** Codes and fields are part of what is stored: add at the end, never change. */
const layouts: { readonly [T in EventType]: Layout } = {
  RunStarted: layout(1, ["runId", "tenant", "workflow", "raw", "depth"], ["input", "deadline", "parent", "slot"]),
  StepStarted: layout(2, ["step", "parent", "index"], ["input", "deadline"]),
  StepSkipped: layout(3, ["step", "parent", "index"]),
  StepCompleted: layout(4, ["step"], ["output", "context", "chosen"]),
  StepFaulted: layout(5, ["step"], ["error"]),
  WaitStarted: layout(6, ["step", "until"]),
  SubRunNamed: layout(7, ["step", "runId"]),
  FunctionEntered: layout(8, ["step"], ["arguments"]),
  LoopEntered: layout(9, ["step"], ["items"]),
  IterationStarted: layout(10, ["step"]),
  AttemptStarted: layout(11, ["step", "attempt"], ["deadline", "limit"]),
  AttemptTimedOut: layout(12, ["step", "error", "last"]),
  RetryScheduled: layout(13, ["step", "until"]),
  ErrorCaught: layout(14, ["step"]),
  RunSuspended: layout(15),
  RunResumed: layout(16),
  AnswerDeferred: layout(17, ["answer"]),
  AnswerTaken: layout(18),
  RunCompleted: layout(19, [], ["output"]),
  RunFaulted: layout(20, [], ["error"]),
  RunCancelled: layout(21, [], ["reason", "terminated"]),
  ListenStarted: layout(22, ["step", "consumption"]),
  EventConsumed: layout(23, ["step", "event", "match"], ["item"]),
  ListenClosed: layout(24, ["step"]),
  ItemCompleted: layout(25, ["step"], ["output", "context"]),
  CompensationStarted: layout(26, ["step"], ["error", "cancelled", "reason"]),
  RunRetried: layout(27, ["standing"]),
  RetriesEnded: layout(28, ["step"]),
  RunForked: layout(29, ["runId", "workflow", "from", "standing"]),
  RunMigrated: layout(30, ["workflow", "standing"]),
  RunAdmitted: layout(31),
};

const byCode = new Map(Object.entries(layouts).map(([type, { code }]) => [code, type as EventType]));

type Fields = { readonly [field: string]: Json | undefined };

/** One decision's events as an envelope. */
export function encodeEvents(events: readonly WorkflowEvent[]): string {
  const at = defined(events[0], "an event to write").at;
  assert(
    events.every((event) => event.at === at),
    "Expected the events of one decision to share its time, but they do not.",
  );
  return `{"v":${envelopeVersion},"t":${at},"e":${JSON.stringify(events.map(encodeEvent))}}`;
}

function encodeEvent(event: WorkflowEvent): Json {
  const { code, required, optional } = layouts[event.type];
  const fields = event as unknown as Fields;
  const encoded: Json[] = [code];
  for (const field of required) encoded.push(fields[field] as Json);
  let length = encoded.length;
  for (const field of optional) {
    const value = fields[field];
    encoded.push(value === undefined ? 0 : [value]);
    if (value !== undefined) length = encoded.length;
  }
  encoded.length = length;
  return encoded;
}

/** The events of an envelope; throws where the text is none, or one of a newer version. */
export function decodeEvents(text: string): WorkflowEvent[] {
  const parsed = parseJson(text);
  if (!parsed.ok || !isObject(parsed.value)) throw corrupt("it is not an object");
  const { v, t, e } = parsed.value;
  if (v !== envelopeVersion)
    throw engineError("envelope-version-unknown", {
      message: `An envelope has version ${JSON.stringify(v)}, but this program knows ${envelopeVersion}.`,
    });
  if (typeof t !== "number" || !isArray(e)) throw corrupt("its time or its events are missing");
  return e.map((event) => decodeEvent(event, t));
}

/** The envelopes of the first events of a history, the last of them cut where it holds more. */
export function firstOf(envelopes: readonly string[], count: number): string[] {
  const kept: string[] = [];
  let left = count;
  for (const envelope of envelopes) {
    if (left <= 0) break;
    const events = decodeEvents(envelope);
    kept.push(events.length <= left ? envelope : encodeEvents(events.slice(0, left)));
    left -= events.length;
  }
  return kept;
}

function decodeEvent(encoded: Json, at: number): WorkflowEvent {
  const type = isArray(encoded) ? byCode.get(encoded[0] as number) : undefined;
  if (!isArray(encoded) || type === undefined) throw corrupt("an event has an unknown code");
  const { required, optional } = layouts[type];
  const event: { [field: string]: Json } = { type, at };
  if (encoded.length <= required.length) throw corrupt(`${type} lacks fields`);
  required.forEach((field, i) => (event[field] = encoded[1 + i] as Json));
  optional.forEach((field, i) => {
    const value = encoded[1 + required.length + i];
    if (isArray(value)) event[field] = value[0] as Json;
  });
  return event as unknown as WorkflowEvent;
}

function corrupt(why: string): Error {
  return engineError("envelope-corrupt", { message: `An envelope of the event log cannot be read: ${why}.` });
}
