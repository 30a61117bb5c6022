// Schedules as people see and handle them: what there is, when it fires next, pause, resume, backfill.
import { formatInstant, type BatonError, type Instant, type JsonObject } from "@baton/core";
import { formatLocal, nextFiring } from "@baton/dsl";
import { firingAfter, type Firing, type ScheduleCommand } from "@baton/engine";
import type { Store } from "@baton/storage";
import { runtimeError } from "./errors.ts";
import { maxBackfill } from "./limits.ts";
import type { Clock, FlowName } from "./runtime.ts";
import { keyOf } from "./schedule-records.ts";
import type { FiringView, ScheduleDesk, ScheduleView } from "./schedule-view.ts";
import type { LoadedSchedule, Schedules } from "./schedules.ts";

/** The desk over the schedules that are driven. */
export function createScheduleDesk(store: Store, schedules: Schedules, clock: Clock): ScheduleDesk {
  const find = async (tenant: string, flow: FlowName): Promise<LoadedSchedule> => {
    const { namespace, name } = flow;
    return (await schedules.load({ tenant, namespace, name })) ?? unknown(flow);
  };
  const command = async (tenant: string, { namespace, name }: FlowName, order: ScheduleCommand): Promise<ScheduleView> => {
    await schedules.change({ tenant, namespace, name }, order);
    return viewOf(await find(tenant, { namespace, name }));
  };
  return {
    async list(tenant, filter = {}) {
      const stored = await store.listSchedules(tenant, filter);
      const loaded = await Promise.all(stored.map((one) => schedules.open(one)));
      return loaded.flatMap((schedule) => (schedule ? viewOf(schedule) : []));
    },
    get: async (tenant, flow) => viewOf(await find(tenant, flow)),
    next: async (tenant, flow, count) => nextOf(await find(tenant, flow), count),
    pause: (tenant, flow) => command(tenant, flow, { type: "pause" }),
    resume: (tenant, flow) => command(tenant, flow, { type: "resume" }),
    async backfill(tenant, flow, { from, until }) {
      const count = checkBackfill(await find(tenant, flow), from, until, clock.now());
      await command(tenant, flow, { type: "backfill", from, until });
      return count;
    },
  };
}

function unknown({ namespace, name }: FlowName): never {
  throw runtimeError("schedule-unknown", { where: `${namespace}/${name}` });
}

/** How many firings a backfill has; refuses what makes no sense. */
function checkBackfill({ rule, state }: LoadedSchedule, from: Instant, until: Instant, now: Instant): number {
  if (rule.trigger.kind === "after") throw refused("An `after` has no firings in the past: each follows the end of a run.");
  if (rule.trigger.kind === "on") throw refused("An `on` has no firings in the past: events start its runs.");
  if (until < from) throw refused("The time ends before it begins.");
  if (until > now) throw refused("The time reaches into the future, where the schedule fires by itself.");
  let count = 0;
  for (let at = nextFiring(rule, from - 1, state.anchor); at !== null && at <= until; at = nextFiring(rule, at, state.anchor))
    if (++count > maxBackfill) throw refused(`The time has more than ${maxBackfill} firings, the most that are made up for at once.`);
  return count;
}

function refused(message: string): BatonError {
  return runtimeError("backfill-refused", { message });
}

function nextOf({ stored, rule, state }: LoadedSchedule, count: number): FiringView[] {
  const views: FiringView[] = [];
  let firing: Firing | null = state.next;
  while (firing !== null && views.length < count) {
    views.push(firingView(rule, firing));
    firing = rule.trigger.kind === "after" ? null : firingAfter(rule, keyOf(stored), state, firing.at);
  }
  return views;
}

function firingView({ zone }: LoadedSchedule["rule"], { at, due }: Firing): FiringView {
  return { at: formatInstant(at), local: formatLocal(zone, at), due: formatInstant(due) };
}

function viewOf(schedule: LoadedSchedule): ScheduleView {
  const { workflow, rule, state } = schedule;
  const { namespace, name, version, definition } = workflow;
  const [next = null] = nextOf(schedule, 1);
  return {
    flow: { namespace, name, version },
    status: statusOf(schedule),
    trigger: definition["schedule"] as JsonObject,
    timeZone: rule.zone.name,
    overlap: rule.overlap,
    catchup: rule.catchup,
    next,
    last: state.last && { at: formatInstant(state.last.at), runId: state.last.runId },
    running: state.running,
    backfilling: state.backfill !== null,
    fired: state.fired,
    skipped: state.skipped,
  };
}

function statusOf({ rule, state }: LoadedSchedule): ScheduleView["status"] {
  if (state.paused) return "paused";
  if (rule.trigger.kind === "on") return "active";
  return state.next === null && state.running === null && state.waiting === null ? "ended" : "active";
}
