// Commands about runs: `run list`, `run get`, `run watch`, `run cancel`, `run terminate`, `run suspend`, `run resume`, `run retry`.
import type { OperationRequest, RunSummary, RunVerb, Status } from "@baton/api";
import type { Result } from "@baton/core";
import { parseRunFilter, parseRunOrder, type FilterProblem } from "@baton/storage";
import { connect } from "../connect.ts";
import { readIds, type Context } from "../context.ts";
import { exitCodes, type ExitCode } from "../exit-codes.ts";
import { CommandFailure, failureCode, failureLines } from "../failure.ts";
import { formatSpan, statusWord } from "../output/style.ts";
import { formatRows, formatThing, type Column } from "../output/table.ts";
import { renderTree } from "../output/tree.ts";
import { followRun } from "./follow.ts";
import { eitherOr, startOperation } from "./operations.ts";

const columns: readonly Column<RunSummary>[] = [
  { title: "ID", of: (run) => run.id },
  { title: "FLOW", of: (run) => `${run.workflow.namespace}/${run.workflow.name}` },
  { title: "VERSION", of: (run) => run.workflow.version, wide: true },
  { title: "STATUS", of: (run, style) => statusWord(run.status, style) },
  { title: "REASON", of: (run) => run.reason ?? "", wide: true },
  { title: "STARTED", of: (run) => run.startedAt },
  { title: "TOOK", of: (run) => (run.endedAt === null ? "" : formatSpan(Date.parse(run.endedAt) - Date.parse(run.startedAt))) },
];

export interface ListOptions {
  readonly status?: Status;
  readonly flow?: string;
  readonly filter?: string;
  readonly orderBy?: string;
  readonly limit: number;
}

/** `baton run list`, newest first. */
export async function listRuns(context: Context, options: ListOptions): Promise<ExitCode> {
  const { status, flow, filter, orderBy, limit } = options;
  if (filter !== undefined) checkReadable("--filter", filter, parseRunFilter(filter, Date.now()));
  if (orderBy !== undefined) checkReadable("--order-by", orderBy, parseRunOrder(orderBy));
  const runs = await connect(context.options).listRuns({
    limit,
    ...(status !== undefined && { status }),
    ...(flow !== undefined && { flow }),
    ...(filter !== undefined && { filter }),
    ...(orderBy !== undefined && { orderBy }),
  });
  context.out(formatRows(runs, columns, context.options.output ?? "table", context.outStyle, (run) => run.id));
  return exitCodes.done;
}

/** Refuses a filter before it is sent, with a mark under what is wrong. */
function checkReadable(option: string, text: string, parsed: Result<unknown, FilterProblem>): void {
  if (parsed.ok) return;
  const { message, offset, length, advice } = parsed.error;
  const mark = `${" ".repeat(offset)}${"^".repeat(length)}`;
  throw new CommandFailure(exitCodes.usage, message, {
    where: `${option}\n    ${text}\n    ${mark}`,
    ...(advice !== undefined && { next: advice }),
  });
}

/** `baton run get ID`: its steps as a tree and its output, or all of it with `-o json`. */
export async function getRun(context: Context, id: string): Promise<ExitCode> {
  const run = await connect(context.options).readRun(id);
  const { output } = context.options;
  if (output !== undefined && output !== "table" && output !== "wide") {
    context.out(output === "ids" ? `${run.id}\n` : formatThing(run, output));
    return exitCodes.done;
  }
  context.out(`${renderTree(run, Date.now(), context.outStyle).join("\n")}\n`);
  if (run.status === "completed") context.out(`output ${formatThing(run.output, "json")}`);
  return exitCodes.done;
}

/** `baton run watch ID`: progress until it has ended. */
export async function watchRun(context: Context, id: string, timeoutMs?: number): Promise<ExitCode> {
  return followRun(connect(context.options), id, context, timeoutMs);
}

/** Which runs are meant, where they are not named. */
export interface ManyOptions {
  readonly filter?: string;
  readonly rate?: number;
  readonly wait?: boolean;
}

/** `baton run cancel|terminate|suspend|resume|retry ID...`; `-` reads ids from standard input. Does all that it can; fails if one failed. */
export async function controlRuns(context: Context, verb: RunVerb, names: readonly string[], many: ManyOptions): Promise<ExitCode> {
  eitherOr(names, many.filter);
  if (many.filter !== undefined) return operate(context, { action: verb }, many.filter, many);
  const done = { cancel: "cancelled", terminate: "terminated", suspend: "suspended", resume: "resumed", retry: "retried" }[verb];
  const ids = await readIds(names);
  const backend = connect(context.options);
  let code: ExitCode = exitCodes.done;
  for (const id of ids) {
    try {
      const { compensated, endedAt } = await backend.controlRun(id, verb);
      context.say(`${id} ${verb === "cancel" && compensated === false && endedAt === null ? "being undone" : done}\n`);
    } catch (error) {
      context.say(failureLines(error, context.errStyle));
      code = failureCode(error);
    }
  }
  return code;
}

/** Begins an operation on all runs that fit the filter. */
export async function operate(
  context: Context,
  action: Pick<OperationRequest, "action" | "version" | "check">,
  filter: string,
  { rate, wait }: ManyOptions,
): Promise<ExitCode> {
  checkReadable("--filter", filter, parseRunFilter(filter, Date.now()));
  return startOperation(context, { ...action, filter, ...(rate !== undefined && { rate }) }, wait);
}
