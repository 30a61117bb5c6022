// Approvals: listens that a person answers (`metadata.baton.approval`). The answer becomes an event for that very step, made
// of what its filters ask for: whoever waits for an approval need not know who sends events of that type, or how they
// correlate. Its data say whether it was approved, by whom and why.
import { formatInstant, type Instant, type Json, type JsonObject } from "@baton/core";
import type { EventFilter, SchemaCheck } from "@baton/dsl";
import { eventVersion, readCloudEvent, type CloudEvent } from "./cloud-event.ts";
import type { Command, StepId } from "./commands.ts";
import { openFilters, type Match } from "./consumption.ts";
import type { RejectionCode } from "./errors.ts";
import { isMeant } from "./event-matching.ts";
import { guarded } from "./flow.ts";
import { consume } from "./receive-event.ts";
import type { Scope } from "./scope.ts";
import type { Frame, ListeningProgress, RunState } from "./state.ts";
import { frameNow, scopeNow, stateOf, type Turn } from "./turn.ts";
import { waitsOf } from "./waits.ts";

/** An approval that a run waits for. */
export interface PendingApproval {
  readonly step: StepId;
  readonly name: string;
  readonly reference: string;
  readonly title?: string;
  /** Who is meant to answer. */
  readonly role?: string;
  /** What the answer's form must be. */
  readonly form?: SchemaCheck;
  /** What there is to decide on: the step's input. */
  readonly input: Json;
  readonly since: Instant;
  /** When the step is given up by itself; null: never. */
  readonly until: Instant | null;
}

/** The approvals that a run waits for. */
export function approvalsOf(state: RunState): readonly PendingApproval[] {
  return waitsOf(state).flatMap(({ for: kind, step, until }) => {
    const frame = kind === "approval" ? state.frames.get(step) : undefined;
    return frame?.task.kind === "listen" ? pending(frame, frame.task, until) : [];
  });
}

function pending({ id: step, input, startedAt: since }: Frame, task: ListenTask, until: Instant | null): PendingApproval {
  const { name, reference, approval = {} } = task;
  return { step, name, reference, ...approval, input, since, until };
}

/** Gives the answer to the step that waits for it; says why not where it takes none. */
export function answerApproval(turn: Turn, command: AnswerApproval): RejectionCode | null {
  const frame = frameNow(turn, command.step);
  if (stateOf(turn).phase === "suspended") return "approval-suspended";
  if (frame?.progress.kind !== "listening" || !frame.progress.open) return "approval-unknown";
  if (frame.task.kind !== "listen" || frame.task.approval === undefined) return "approval-unknown";
  const { task, progress } = frame;
  let answered = false;
  guarded(turn, frame, () => {
    const taken = eventFor(scopeNow(turn, frame), task, progress, command, turn.facts.now);
    if (taken === null) return;
    answered = true;
    consume(turn, frame, taken.event, taken.match);
  });
  return answered || turn.events.length > 0 ? null : "approval-not-taken";
}

type AnswerApproval = Extract<Command, { readonly type: "AnswerApproval" }>;
type ListenTask = Extract<Frame["task"], { readonly kind: "listen" }>;

/** The event for the first filter that takes it. */
function eventFor(
  scope: Scope,
  { to }: ListenTask,
  { consumption }: ListeningProgress,
  command: AnswerApproval,
  now: Instant,
): { readonly event: CloudEvent; readonly match: Match } | null {
  if (to.filters.length === 0) return { event: eventOf([], command, now), match: { by: "to", filter: -1, found: {} } };
  for (const filter of openFilters(to, consumption)) {
    const tests = to.filters[filter]?.with ?? [];
    const event = eventOf(tests, command, now);
    if (isMeant(scope, tests, event)) return { event, match: { by: "to", filter, found: {} } };
  }
  return null;
}

/** The type of events whose filter names none. */
const approvalType = "io.baton.approval.v1";

function eventOf(tests: EventFilter["with"], { eventId, answer }: AnswerApproval, now: Instant): CloudEvent {
  const own = { specversion: eventVersion, id: eventId, source: "/approvals", type: approvalType, time: formatInstant(now) };
  const asked = tests.flatMap(({ attribute, test }) =>
    test.kind === "equals" && attribute !== "data" ? [[attribute, test.value] as const] : [],
  );
  const event: JsonObject = { ...own, ...Object.fromEntries(asked), data: { ...answer } };
  const read = readCloudEvent(event);
  return read.ok ? read.event : { ...own, data: { ...answer } };
}
