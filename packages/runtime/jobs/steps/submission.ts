// The job of a step as people would write it, from what the engine asks for.
import { addDuration, durationOf, formatInstant, isObject, parseDuration, type Instant, type Json, type JsonObject } from "@baton/core";
import type { ContainerWork, FunctionWork, ProcessWork } from "@baton/engine";
import { stepCpuMillis } from "../limits.ts";

/** The submission of a call; `now` is when its deadline is counted from. */
export function submissionOf({ function: name, version, input, idempotencyKey, placement }: FunctionWork, now: Instant): JsonObject {
  const environment = idempotencyKey === undefined ? {} : { environment: { BATON_IDEMPOTENCY_KEY: idempotencyKey } };
  return { function: { name, version }, payload: input, ...environment, ...placed(placement, now) };
}

/** The submission of a process. */
export function processSubmission(work: ProcessWork | ContainerWork, now: Instant): JsonObject {
  const { environment, stdin, idempotencyKey, placement = {} } = work;
  const own = idempotencyKey === undefined ? {} : { BATON_IDEMPOTENCY_KEY: idempotencyKey };
  const { resources, ...where } = placed(placement, now);
  return {
    ...programOf(work),
    environment: { ...own, ...environment },
    ...(stdin !== undefined && { payload: stdin }),
    ...where,
    resources: {
      ...(namesCpu(placement) ? {} : { cpu: `${stepCpuMillis}m` }),
      ...(isObject(resources ?? null) && (resources as JsonObject)),
    },
  };
}

/** Whether a process says how much of the processor it needs; one that does not may use what is free. */
export function namesCpu({ resources = null }: JsonObject): boolean {
  return isObject(resources) && Object.hasOwn(resources, "cpu");
}

function programOf(work: ProcessWork | ContainerWork): JsonObject {
  if (work.kind === "shell") return { command: ["/bin/sh", "-c", work.code, "sh", ...work.arguments] };
  if (work.kind === "script")
    return { script: { language: work.language ?? "js", code: work.code, arguments: work.arguments, network: true } };
  return { container: containerOf(work as ContainerWork) };
}

function containerOf({ image, name, command, arguments: args, ports, volumes, pull, cleanup }: ContainerWork): JsonObject {
  return {
    image,
    pull,
    cleanup: cleanupOf(cleanup),
    arguments: args,
    ports,
    volumes,
    ...(name !== undefined && { name }),
    ...(command !== undefined && { command: ["/bin/sh", "-c", command, "sh"] }),
  };
}

/** No time at all after the end is at the end. */
function cleanupOf(cleanup: ContainerWork["cleanup"]): string {
  if (typeof cleanup === "string") return cleanup;
  return cleanup.afterMs > 0 ? `${cleanup.afterMs}ms` : "always";
}

/** Where and when a job runs, as the metadata of a task says it. */
function placed(placement: JsonObject, now: Instant): JsonObject {
  const { labels, expected, deadline, ...same } = placement;
  return {
    ...same,
    ...(isObject(labels ?? null) && { constraints: { labels: Object.entries(labels as JsonObject).map(labelTerm) } }),
    ...(expected !== undefined && { expectedDuration: span(expected, now) }),
    ...(deadline !== undefined && { deadline: instant(deadline, now) }),
  };
}

function labelTerm([key, value]: readonly [string, Json]): JsonObject {
  return { key, operator: "in", values: [typeof value === "string" ? value : JSON.stringify(value)] };
}

/** What is no duration stays as it is, for the reader of submissions to say so. */
function span(value: Json, now: Instant): Json {
  const end = endOf(value, now);
  return end === undefined ? value : `${end - now}ms`;
}

function instant(value: Json, now: Instant): Json {
  const end = endOf(value, now);
  return end === undefined ? value : formatInstant(end);
}

function endOf(value: Json, now: Instant): Instant | undefined {
  const duration = typeof value === "string" ? parseDuration(value) : isObject(value) ? durationOf(value) : undefined;
  return duration?.ok === true ? addDuration(now, duration.value) : undefined;
}
