// Commands that repair runs: `run fork`, `run migrate`.
import { clientOf, connect } from "../connect.ts";
import { readIds, readInput, readText, type Context } from "../context.ts";
import { exitCodes, type ExitCode } from "../exit-codes.ts";
import { failureCode, failureLines } from "../failure.ts";
import { formatRows, formatThing, type Column } from "../output/table.ts";
import type { Migration } from "@baton/api";
import { checkedFlow } from "./flows.ts";
import { followRun } from "./follow.ts";
import { eitherOr } from "./operations.ts";
import { operate, type ManyOptions } from "./runs.ts";

export interface ForkOptions {
  readonly from: string;
  readonly input?: string;
  readonly flow?: string;
  readonly wait?: boolean;
  readonly timeoutMs?: number;
}

/** `baton run fork ID --from STEP`: prints the new run's id, or with --wait what became of it. */
export async function forkRun(context: Context, id: string, options: ForkOptions): Promise<ExitCode> {
  const input = options.input === undefined ? {} : { input: await readInput(options.input) };
  const flow = options.flow === undefined ? {} : { flow: await register(context, options.flow) };
  const run = await clientOf(context.options).forkRun(id, { from: options.from, ...input, ...flow });
  if (options.wait) return followRun(connect(context.options), run.id, context, options.timeoutMs);
  const { output } = context.options;
  const asText = output === undefined || output === "table" || output === "wide" || output === "ids";
  context.out(asText ? `${run.id}\n` : formatThing(run, output));
  return exitCodes.done;
}

/** The fork's definition is registered like any: it has a version, and whoever reads the run later finds it. */
async function register(context: Context, file: string): Promise<{ namespace: string; name: string; version: string }> {
  const source = checkedFlow(context, file, await readText(file));
  const { namespace, name, version } = await clientOf(context.options).applyFlow(source);
  return { namespace, name, version };
}

const columns: readonly Column<Migration>[] = [
  { title: "ID", of: (one) => one.runId },
  { title: "FROM", of: (one) => one.from },
  { title: "TO", of: (one) => one.to },
  { title: "SAFE", of: (one) => (one.problems.length === 0 ? "yes" : "no") },
  { title: "WHY NOT", of: (one) => one.problems.join("; ") },
];

export interface MigrateOptions extends ManyOptions {
  readonly to: string;
  readonly check?: boolean;
}

/** `baton run migrate ID... --to VERSION`; with --check it only says which runs could be, and why the others could not. */
export async function migrateRuns(context: Context, names: readonly string[], options: MigrateOptions): Promise<ExitCode> {
  const { to, check = false, filter } = options;
  eitherOr(names, filter);
  if (filter !== undefined) return operate(context, { action: "migrate", version: to, check }, filter, options);
  const client = clientOf(context.options);
  const checked: Migration[] = [];
  let code: ExitCode = exitCodes.done;
  for (const id of await readIds(names)) {
    try {
      const migration = await client.migrateRun(id, { version: to, check });
      if (check) checked.push(migration);
      else context.say(`${id} migrated from ${migration.from} to ${migration.to}\n`);
      if (migration.problems.length > 0) code = exitCodes.failed;
    } catch (error) {
      context.say(failureLines(error, context.errStyle));
      code = failureCode(error);
    }
  }
  if (check) context.out(formatRows(checked, columns, context.options.output ?? "table", context.outStyle, (one) => one.runId));
  return code;
}
