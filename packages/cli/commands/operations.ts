// Commands about operations: `run VERB --filter ...`, and `operation list`, `get`, `pause`, `resume`, `stop`.
import type { Operation, OperationRequest, OperationVerb } from "@baton/api";
import { allPages, clientOf } from "../connect.ts";
import { readIds, type Context } from "../context.ts";
import { exitCodes, type ExitCode } from "../exit-codes.ts";
import { CommandFailure, failureCode, failureLines } from "../failure.ts";
import { formatRows, formatThing, type Column } from "../output/table.ts";

const pollMs = 500;
const pageSize = 200;

const columns: readonly Column<Operation>[] = [
  { title: "ID", of: (one) => one.id },
  {
    title: "ACTION",
    of: (one) => (one.version === undefined ? one.action : `${one.check ? "check " : ""}${one.action} to ${one.version}`),
  },
  { title: "FILTER", of: (one) => one.filter },
  { title: "STATUS", of: (one) => one.status },
  { title: "DONE", of: (one) => `${one.done}/${one.total}` },
  { title: "REFUSED", of: (one) => String(one.refused) },
  { title: "RATE", of: (one) => `${one.rate}/s`, wide: true },
  { title: "BEGAN", of: (one) => one.createdAt, wide: true },
];

/** `baton run VERB --filter ...`: begins an operation; with --wait follows it to its end. */
export async function startOperation(context: Context, request: OperationRequest, wait = false): Promise<ExitCode> {
  const client = clientOf(context.options);
  const begun = await client.startOperation(request);
  context.say(
    `${begun.total} ${begun.total === 1 ? "run fits" : "runs fit"}; ${wait ? "" : `follow it with: baton operation get ${begun.id}\n`}`,
  );
  if (!wait) return print(context, begun);
  let now = begun;
  for (let told = -1; now.endedAt === null && !context.signal.aborted; now = await client.getOperation(begun.id)) {
    if (told !== now.done + now.refused) context.say(`\n${progressOf(now)}`);
    told = now.done + now.refused;
    await new Promise((resolve) => setTimeout(resolve, pollMs));
  }
  context.say(`\n${progressOf(now)}\n`);
  for (const { runId, reason } of now.refusals) context.say(`${runId}: ${reason}\n`);
  print(context, now);
  return now.refused > 0 ? exitCodes.failed : exitCodes.done;
}

function progressOf({ done, total, refused, status }: Operation): string {
  return `${status}: ${done} of ${total} done${refused > 0 ? `, ${refused} refused` : ""}`;
}

function print(context: Context, operation: Operation): ExitCode {
  const { output } = context.options;
  const asText = output === undefined || output === "table" || output === "wide" || output === "ids";
  context.out(asText ? `${operation.id}\n` : formatThing(operation, output));
  return exitCodes.done;
}

/** `baton operation list`. */
export async function listOperations(context: Context): Promise<ExitCode> {
  const client = clientOf(context.options);
  const found = await allPages((pageToken) => client.listOperations({ pageSize, ...pageToken }));
  context.out(formatRows(found, columns, context.options.output ?? "table", context.outStyle, ({ id }) => id));
  return exitCodes.done;
}

/** `baton operation get ID`: how far it has come, and which runs refused it. */
export async function getOperation(context: Context, id: string): Promise<ExitCode> {
  const operation = await clientOf(context.options).getOperation(id);
  const { output } = context.options;
  if (output !== undefined && output !== "table" && output !== "wide") return print(context, operation);
  context.out(formatRows([operation], columns, output ?? "table", context.outStyle, (one) => one.id));
  for (const { runId, reason } of operation.refusals) context.out(`${runId}: ${reason}\n`);
  return exitCodes.done;
}

/** `baton operation pause|resume|stop ID...`. */
export async function commandOperations(context: Context, verb: OperationVerb, names: readonly string[]): Promise<ExitCode> {
  const client = clientOf(context.options);
  let code: ExitCode = exitCodes.done;
  for (const id of await readIds(names)) {
    try {
      context.say(`${id} ${(await client.commandOperation(id, verb)).status}\n`);
    } catch (error) {
      context.say(failureLines(error, context.errStyle));
      code = failureCode(error);
    }
  }
  return code;
}

/** Runs are named, or found by a filter: one of the two. */
export function eitherOr(ids: readonly string[], filter: string | undefined): void {
  if (ids.length > 0 === (filter === undefined)) return;
  throw new CommandFailure(
    exitCodes.usage,
    ids.length > 0 ? "ids and --filter cannot be used together" : "it is not said which runs are meant",
    {
      next: "name the runs by their ids, or say --filter 'flow = order AND age > 2h'",
    },
  );
}
