// The commands that repair runs, and those about operations on many of them, as commander knows them.
import type { Command } from "commander";
import type { ManyOptions } from "./commands/runs.ts";
import { parseRate, parseTimeout, printing, type Does } from "./program-options.ts";

/** Which runs, where there are too many to name: an operation in the background. */
export function forMany(command: Command): Command {
  return command
    .option("--filter <filter>", "all that fit it, in the background: flow = order AND age > 2h")
    .option("--rate <runs>", "with --filter: so many in a second, at most", parseRate)
    .option("--wait", "with --filter: follow it to its end");
}

/** `baton operation ...` */
export function addOperationCommands(program: Command, does: Does): void {
  const operation = printing(program.command("operation").description("look at and handle what is done to many runs"));
  does(operation.command("list").description("list them, newest first"), async (context) =>
    (await import("./commands/operations.ts")).listOperations(context),
  );
  const get = operation.command("get").description("show how far one has come, and what refused it").argument("<id>");
  does(get, async (context, _options, id: string) => (await import("./commands/operations.ts")).getOperation(context, id));
  for (const verb of ["pause", "resume", "stop"] as const) {
    const command = operation.command(verb).description(`${verb} operations`).argument("<id...>");
    does(command, async (context, _options, ids: readonly string[]) =>
      (await import("./commands/operations.ts")).commandOperations(context, verb, ids),
    );
  }
}

/** `baton run fork`, `baton run migrate`. */
export function addRepairCommands(run: Command, does: Does): void {
  const fork = run
    .command("fork")
    .description("begin a run with the history of another one before a step, and go on from there")
    .argument("<id>")
    .requiredOption("--from <step>", "the step: a task's name, its address, or the step's number")
    .option("-i, --input <json>", "another input for that step: JSON, @FILE, or - for standard input")
    .option("--flow <file>", "another definition to go on with: it is registered first")
    .option("--wait", "follow the new run to its end")
    .option("--timeout <duration>", "wait no longer than this", parseTimeout);
  does<{ from: string; input?: string; flow?: string; wait?: boolean; timeout?: number }>(
    fork,
    async (context, { timeout, ...options }, id: string) =>
      (await import("./commands/repairs.ts")).forkRun(context, id, { ...options, ...(timeout !== undefined && { timeoutMs: timeout }) }),
  );
  const migrate = run
    .command("migrate")
    .description("let runs go on with another version of their flow")
    .argument("[id...]", "the runs' ids; - reads them from standard input")
    .requiredOption("--to <version>", "the version")
    .option("--check", "only say which of them could, and what the others would lose");
  does<{ to: string; check?: boolean } & ManyOptions>(forMany(migrate), async (context, options, ids: readonly string[]) =>
    (await import("./commands/repairs.ts")).migrateRuns(context, ids, options),
  );
}
