// Schedules: what there is, when they fire, and what may be asked of them.
import type { Schedule } from "@baton/api";
import { isObject, parseInstant, type Instant, type Json } from "@baton/core";
import type { ScheduleView } from "@baton/runtime";
import { tenant, type Handler } from "../exchange.ts";
import { readJsonBody } from "../http/json-body.ts";
import { InvalidRequest } from "../http/problems.ts";
import { flowNameOf } from "./flows.ts";
import { pageOf, pageSizeOf, startAfter } from "./paging.ts";

const defaultFirings = 10;

/** GET /v1/schedules */
export const listSchedules: Handler = async (request, { runtime }) => {
  const namespace = request.text("namespace");
  const all = await runtime.schedules.list(tenant, namespace === undefined ? {} : { namespace });
  const after = startAfter(request);
  const rest: readonly Schedule[] = all.filter((schedule) => after === undefined || keyOf(schedule) > after);
  return { status: 200, value: pageOf(rest, pageSizeOf(request), keyOf) };
};

function keyOf({ flow }: ScheduleView | Schedule): string {
  return `${flow.namespace}/${flow.name}`;
}

/** GET …/flows/{name}/schedule */
export const getSchedule: Handler = async (request, { runtime }) => {
  return { status: 200, value: await runtime.schedules.get(tenant, flowNameOf(request)) };
};

/** GET …/flows/{name}/schedule/firings */
export const listFirings: Handler = async (request, { runtime }) => {
  const items = await runtime.schedules.next(tenant, flowNameOf(request), request.number("count") ?? defaultFirings);
  return { status: 200, value: { items } };
};

/** POST …/flows/{name}/schedule:pause and :resume */
export function commandSchedule(verb: "pause" | "resume"): Handler {
  return async (request, { runtime }) => ({ status: 200, value: await runtime.schedules[verb](tenant, flowNameOf(request)) });
}

/** POST …/flows/{name}/schedule:backfill */
export const backfillSchedule: Handler = async (request, { runtime }) => {
  const body = readJsonBody(request.body);
  const range = { from: readInstant(body, "from"), until: readInstant(body, "until") };
  const firings = await runtime.schedules.backfill(tenant, flowNameOf(request), range);
  return { status: 202, value: { firings } };
};

function readInstant(body: Json, key: string): Instant {
  const text = isObject(body) ? body[key] : undefined;
  const instant = typeof text === "string" ? parseInstant(text) : undefined;
  if (instant !== undefined) return instant;
  const detail = `${key} must be a time such as 2026-12-24T18:00:00Z`;
  throw new InvalidRequest("body-malformed", `In the body, ${detail}.`, [{ detail, pointer: `/${key}` }]);
}
