// Commands about schedules: `schedule list`, `get`, `next`, `pause`, `resume`, `backfill`.
import type { Firing, Schedule, ScheduleVerb } from "@baton/api";
import { formatInstant } from "@baton/core";
import { parseFlowName } from "../backend.ts";
import { allPages, clientOf } from "../connect.ts";
import type { Context } from "../context.ts";
import { exitCodes, type ExitCode } from "../exit-codes.ts";
import { failureCode, failureLines } from "../failure.ts";
import { formatRows, formatThing, type Column } from "../output/table.ts";
import { readTime } from "../times.ts";

const columns: readonly Column<Schedule>[] = [
  { title: "FLOW", of: nameOf },
  { title: "VERSION", of: ({ flow }) => flow.version, wide: true },
  { title: "WHEN", of: ({ trigger }) => triggerText(trigger) },
  { title: "STATUS", of: ({ status }) => status },
  { title: "NEXT", of: ({ next }) => next?.local ?? "" },
  { title: "ZONE", of: ({ timeZone }) => timeZone, wide: true },
  { title: "OVERLAP", of: ({ overlap }) => overlap, wide: true },
  { title: "CATCHUP", of: ({ catchup }) => catchup, wide: true },
  { title: "LAST", of: ({ last }) => last?.at ?? "" },
  { title: "LAST RUN", of: ({ last }) => last?.runId ?? "", wide: true },
  { title: "FIRED", of: ({ fired }) => String(fired) },
  { title: "SKIPPED", of: ({ skipped }) => String(skipped), wide: true },
];

const firingColumns: readonly Column<Firing>[] = [
  { title: "LOCAL", of: ({ local }) => local },
  { title: "UTC", of: ({ at }) => at },
  { title: "HAPPENS AT", of: ({ due }) => due, wide: true },
];

function nameOf({ flow }: Schedule): string {
  return `${flow.namespace}/${flow.name}`;
}

/** `cron 0 9 * * *`, `every PT5M`, `after {"minutes":10}`. */
function triggerText(trigger: Schedule["trigger"]): string {
  const [kind = "", value = ""] = Object.entries(trigger)[0] ?? [];
  return `${kind} ${typeof value === "string" ? value : JSON.stringify(value)}`;
}

/** `baton schedule list`. */
export async function listSchedules(context: Context): Promise<ExitCode> {
  const client = clientOf(context.options);
  const schedules = await allPages((pageToken) => client.listSchedules(pageToken));
  context.out(formatRows(schedules, columns, context.options.output ?? "table", context.outStyle, nameOf));
  return exitCodes.done;
}

/** `baton schedule get FLOW`. */
export async function getSchedule(context: Context, flow: string): Promise<ExitCode> {
  const schedule = await clientOf(context.options).getSchedule(parseFlowName(flow));
  context.out(formatThing(schedule, context.options.output ?? "yaml"));
  return exitCodes.done;
}

/** `baton schedule next FLOW`: the next firings, on the clocks of the schedule's zone and in UTC. */
export async function nextFirings(context: Context, flow: string, count: number): Promise<ExitCode> {
  const firings = await clientOf(context.options).listFirings(parseFlowName(flow), count);
  context.out(formatRows(firings, firingColumns, context.options.output ?? "table", context.outStyle, ({ at }) => at));
  return exitCodes.done;
}

/** `baton schedule pause|resume FLOW...`: does all that it can; fails if one failed. */
export async function commandSchedules(context: Context, verb: ScheduleVerb, flows: readonly string[]): Promise<ExitCode> {
  const client = clientOf(context.options);
  let code: ExitCode = exitCodes.done;
  for (const flow of flows) {
    try {
      const schedule = await client.commandSchedule(parseFlowName(flow), verb);
      context.say(`${nameOf(schedule)} ${verb}d${schedule.next ? `, next ${schedule.next.local}` : ""}\n`);
    } catch (error) {
      context.say(failureLines(error, context.errStyle));
      code = failureCode(error);
    }
  }
  return code;
}

/** `baton schedule backfill FLOW --from T --until T`. */
export async function backfill(
  context: Context,
  flow: string,
  range: { readonly from: string; readonly until?: string },
): Promise<ExitCode> {
  const from = readTime("--from", range.from);
  const until = range.until === undefined ? formatInstant(Date.now()) : readTime("--until", range.until);
  const firings = await clientOf(context.options).backfillSchedule(parseFlowName(flow), { from, until });
  context.say(
    `${flow}: ${firings} ${firings === 1 ? "firing" : "firings"} from ${from} until ${until}; those that have no run yet are started\n`,
  );
  return exitCodes.done;
}
