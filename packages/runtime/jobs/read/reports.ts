// What nodes report, as it comes over a wire. A node is somebody else's program: what is not a report is refused, before it
// touches any job. Looked at for every job, so without lists of what is wrong.
import { isArray, isDeeperThan, isObject, type Instant, type Json, type JsonObject } from "@baton/core";
import type { NodeLoad, Report } from "@baton/executors";
import { maxResultDepth } from "../limits.ts";

const longestId = 200;
const longestMessage = 100_000;
const longestType = 2_000;
/** The end of the year 9999: later times cannot be written as people write them. */
const latestTime = 253_402_300_799_999;
const codePattern = /^[a-z0-9][a-z0-9.-]{0,99}$/;

/** What a node's clock says; undefined where it says none that could be right. */
export function asClock(value: unknown): Instant | undefined {
  return isTime(value as Json) ? (value as Instant) : undefined;
}

/** The reports of a message; undefined where they are none. */
export function asReports(value: unknown): readonly Report[] | undefined {
  return isArray(value as Json) && (value as readonly unknown[]).every(isReport) ? (value as readonly Report[]) : undefined;
}

/** What a node says of its load; undefined where it is none. */
export function asLoad(value: unknown): NodeLoad | undefined {
  if (!isObject(value as Json)) return undefined;
  const { cpuMillis, memoryBytes, running, memoryFreeBytes, diskFreeBytes, pressure } = value as JsonObject;
  const isCounted = [cpuMillis, memoryBytes, running].every(isCount);
  const isKnown = [memoryFreeBytes, diskFreeBytes].every((free) => free === undefined || isCount(free));
  return isCounted && isKnown && (pressure === undefined || isPressure(pressure)) ? (value as NodeLoad) : undefined;
}

function isReport(value: unknown): value is Report {
  if (typeof value !== "object" || value === null) return false;
  const report = value as { readonly [K in string]?: Json };
  if (typeof report["job"] !== "string" || report["job"].length > longestId || !isCount(report["token"])) return false;
  switch (report["type"]) {
    case "started":
      return isTime(report["at"]);
    case "output":
      return isOutput(report);
    case "suspended":
      return true;
    case "checked":
      return isCount(report["ask"]) && isProblem(report["problem"]);
    case "ended":
      return isTime(report["startedAt"]) && isTime(report["endedAt"]) && isEnd(report["end"]);
    default:
      return false;
  }
}

function isProblem(value: Json | undefined): boolean {
  return value === null || (typeof value === "string" && value.length <= longestMessage);
}

function isOutput({ stream, offset, text, at }: { readonly [K in string]?: Json }): boolean {
  return (stream === "stdout" || stream === "stderr") && isCount(offset) && typeof text === "string" && isTime(at);
}

function isEnd(value: Json | undefined): boolean {
  if (!isObject(value ?? null)) return false;
  const end = value as JsonObject;
  if (!isUsage(end["usage"])) return false;
  switch (end["status"]) {
    case "completed":
      return end["result"] !== undefined && !isDeeperThan(end["result"], maxResultDepth);
    case "failed":
      return isFault(end["fault"]);
    case "stopped":
      return true;
    case "lost":
      return end["reason"] === undefined || (typeof end["reason"] === "string" && end["reason"].length <= longestMessage);
    default:
      return false;
  }
}

function isFault(value: Json | undefined): boolean {
  if (!isObject(value ?? null)) return false;
  const { code, message, exitCode, problem } = value as JsonObject;
  const isNamed = typeof code === "string" && codePattern.test(code) && typeof message === "string" && message.length <= longestMessage;
  return isNamed && (exitCode === undefined || Number.isSafeInteger(exitCode)) && (problem === undefined || isNamedProblem(problem));
}

function isNamedProblem(value: Json): boolean {
  if (!isObject(value)) return false;
  const { type, status, title, detail } = value;
  const isText = (text: Json | undefined): boolean => text === undefined || (typeof text === "string" && text.length <= longestMessage);
  const isStatus = Number.isSafeInteger(status) && (status as number) >= 100 && (status as number) <= 599;
  return typeof type === "string" && type.length <= longestType && isStatus && isText(title) && isText(detail);
}

function isUsage(value: Json | undefined): boolean {
  if (!isObject(value ?? null)) return false;
  const { wallMs, cpuMs, memoryBytes } = value as JsonObject;
  return isTime(wallMs) && (cpuMs === undefined || isTime(cpuMs)) && (memoryBytes === undefined || isCount(memoryBytes));
}

function isPressure(value: Json): boolean {
  if (!isObject(value)) return false;
  const { cpu, memory, io } = value;
  return [cpu, memory, io].every((share) => typeof share === "number" && share >= 0 && share <= 100);
}

function isTime(value: Json | undefined): boolean {
  return typeof value === "number" && value >= 0 && value <= latestTime;
}

function isCount(value: Json | undefined): boolean {
  return typeof value === "number" && Number.isSafeInteger(value) && value >= 0;
}
