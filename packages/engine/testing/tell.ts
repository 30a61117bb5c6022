// Events and effects in words, one line each, for tests that are read.
import { formatInstant, unreachable, type Instant, type Json } from "@baton/core";
import type { EventOf } from "../events.ts";
import type { Effect, EventInterest, Work, WorkflowError, WorkflowEvent } from "../index.ts";
import { beginning } from "./world.ts";

/** A step's name by its number. */
export type Names = (step: number) => string;

/** An event in words. */
export function tellEvent(event: WorkflowEvent, name: Names): string {
  switch (event.type) {
    case "RunStarted":
      return words("run started", json(event.raw), event.input === undefined ? "" : `as ${json(event.input)}`, until(event.deadline));
    case "StepStarted":
      return words(name(event.step), "started", event.input === undefined ? "" : `with ${json(event.input)}`, until(event.deadline));
    case "StepSkipped":
      return words(name(event.step), "skipped");
    case "StepCompleted":
      return words(name(event.step), "completed", json(event.output), given("context", event.context), given("case", event.chosen));
    case "StepFaulted":
      return words(name(event.step), "faulted", tellError(event.error));
    case "WaitStarted":
      return words(name(event.step), "waits", until(event.until));
    case "SubRunNamed":
      return words(name(event.step), "named its run");
    case "FunctionEntered":
      return words(name(event.step), "entered its function", json(event.arguments));
    case "LoopEntered":
      return words(name(event.step), "entered its loop", json(event.items));
    case "IterationStarted":
      return words(name(event.step), "iterates");
    case "AttemptStarted":
      return words(
        name(event.step),
        `tries, attempt ${event.attempt}`,
        until(event.deadline),
        event.limit === undefined ? "" : `all until ${after(event.limit)}`,
      );
    case "AttemptTimedOut":
      return words(name(event.step), event.last ? "ran out of time" : "ran out of time for this attempt");
    case "RetryScheduled":
      return words(name(event.step), "retries", until(event.until));
    case "ErrorCaught":
      return words(name(event.step), "caught the error");
    case "RetriesEnded":
      return words(name(event.step), "tries no more");
    case "CompensationStarted":
      return tellCompensation(event, name);
    case "ListenStarted":
    case "EventConsumed":
    case "ListenClosed":
    case "ItemCompleted":
      return tellListening(event, name);
    default:
      return tellRunEvent(event);
  }
}

function tellCompensation({ step, error, cancelled, reason }: EventOf<"CompensationStarted">, name: Names): string {
  const who = step === 0 ? "run" : name(step);
  return words(who, "undoes what was done", tellError(error), cancelled ? "being cancelled" : "", reason ?? "");
}

type ListenEvent = Extract<WorkflowEvent, { type: "ListenStarted" | "EventConsumed" | "ListenClosed" | "ItemCompleted" }>;

function tellListening(event: ListenEvent, name: Names): string {
  switch (event.type) {
    case "ListenStarted":
      return words(name(event.step), "listens", json(event.consumption.expected));
    case "EventConsumed":
      return words(name(event.step), "consumed", event.event.id, event.match.by === "until" ? "and ends" : "", json(event.item));
    case "ListenClosed":
      return words(name(event.step), "listens no more");
    case "ItemCompleted":
      return words(name(event.step), "is done with an event", json(event.output), given("context", event.context));
  }
}

type RunEvent = Extract<
  WorkflowEvent,
  {
    type:
      | "RunAdmitted"
      | "RunSuspended"
      | "RunResumed"
      | "AnswerDeferred"
      | "AnswerTaken"
      | "RunCompleted"
      | "RunFaulted"
      | "RunCancelled"
      | "RunRetried"
      | "RunForked"
      | "RunMigrated";
  }
>;

function tellRunEvent(event: RunEvent): string {
  switch (event.type) {
    case "RunAdmitted":
      return "run admitted";
    case "RunSuspended":
      return "run suspended";
    case "RunResumed":
      return "run resumed";
    case "AnswerDeferred":
      return `${event.answer.type} deferred`;
    case "AnswerTaken":
      return "deferred answer taken";
    case "RunCompleted":
      return words("run completed", json(event.output));
    case "RunFaulted":
      return words("run faulted", tellError(event.error));
    case "RunCancelled":
      return words("run cancelled", event.reason ?? "");
    case "RunRetried":
      return "run retried";
    case "RunForked":
      return "run forked";
    case "RunMigrated":
      return `run migrated to ${event.workflow.version}`;
    default:
      return unreachable(event);
  }
}

function tellInterest({ type, source, key }: EventInterest): string {
  return words(type ?? "anything", source === null ? "" : `from ${source}`, key === null ? "" : `with ${key.path} = ${key.value}`);
}

function tellWork(work: Work): string {
  switch (work.kind) {
    case "http":
      return words(work.method, work.uri, json(work.body));
    case "openapi":
      return words(work.kind, work.operationId, json(work.parameters));
    case "function":
      return words(work.kind, `${work.function}:${work.version}`, json(work.input));
    case "container":
      return words(work.kind, work.image, json(work.arguments));
    default:
      return words(work.kind, json(work.code));
  }
}

/** An effect in words. */
export function tellEffect(effect: Effect, name: Names): string {
  switch (effect.type) {
    case "performWork": {
      const { work } = effect;
      return words("ask", name(effect.step), tellWork(work), effect.awaited ? "" : "(not awaited)");
    }
    case "abortWork":
      return words("abort", name(effect.step));
    case "setTimer":
      return words("set", tellTimer(effect.timer, name), after(effect.at));
    case "clearTimer":
      return words("clear", tellTimer(effect.timer, name));
    case "startRun":
      return words("start run", effect.workflow.name, "for", name(effect.step), json(effect.input), effect.awaited ? "" : "(not awaited)");
    case "cancelRun":
      return "cancel run";
    case "setSubscription":
      return words("subscribe", effect.subscription, tellInterest(effect.interest));
    case "setAttributes":
      return words("name", json(effect.attributes));
    case "clearSubscription":
      return words("unsubscribe", effect.subscription);
    case "settleEvent":
      return words("event", String(effect.delivery), effect.consumed ? "consumed" : "not wanted");
    case "publishEvent":
      return words("publish", json(effect.event));
    case "claimSlot":
    case "releaseSlot":
      return words(effect.type === "claimSlot" ? "claim" : "release", "slot", effect.slot.key);
    case "sendCommand":
      return words("send", effect.command.type);
  }
}

function tellTimer(timer: string, name: Names): string {
  const [, kind, step] = /^(\S+):(\d+)$/.exec(timer) ?? [];
  if (step === undefined) return timer;
  return `${kind} of ${step === "0" ? "run" : name(Number(step))}`;
}

/** An error in words. */
export function tellError(error: WorkflowError | undefined): string {
  if (error === undefined) return "";
  return words(error.type.slice(error.type.lastIndexOf("/") + 1), String(error.status), "at", error.instance);
}

function until(at: Instant | undefined): string {
  return at === undefined ? "" : `until ${after(at)}`;
}

/** An instant as the time since the beginning. */
export function after(at: Instant): string {
  const ms = at - beginning;
  return Math.abs(ms) < 86_400_000 * 10 ? `+${ms / 1000}s` : formatInstant(at);
}

function given(word: string, value: Json | undefined): string {
  return value === undefined ? "" : `${word} ${json(value)}`;
}

function json(value: Json | undefined): string {
  return value === undefined ? "" : JSON.stringify(value);
}

function words(...parts: readonly string[]): string {
  return parts.filter((part) => part !== "").join(" ");
}
