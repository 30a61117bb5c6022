// `baton run FILE`: one flow to its end, on the server that is configured or in this process.
import { compileWorkflow, formatDiagnostic } from "@baton/dsl";
import type { Backend } from "../backend.ts";
import { connect, openLocal } from "../connect.ts";
import { readInput, readText, serverAddress, type Context } from "../context.ts";
import { exitCodes, type ExitCode } from "../exit-codes.ts";
import { CommandFailure } from "../failure.ts";
import { readSecretSources, type SecretSources } from "../secret-sources.ts";
import { followRun } from "./follow.ts";

export interface RunOptions extends SecretSources {
  /** The folder whose files the flow may use. */
  readonly resourceFolder?: string;
  readonly input?: string;
  /** In this process even where a server is configured. */
  readonly local?: boolean;
  readonly timeoutMs?: number;
}

/** Runs the flow; an interrupt cancels it. */
export async function runFile(context: Context, file: string, options: RunOptions): Promise<ExitCode> {
  const source = await readText(file);
  const input = await readInput(options.input);
  const compiled = compileWorkflow(source, { file });
  const problems = compiled.ok ? compiled.warnings : compiled.diagnostics;
  for (const problem of problems) context.say(`${formatDiagnostic(source, file, problem, { color: context.errStyle.color })}\n`);
  if (!compiled.ok) {
    throw new CommandFailure(
      exitCodes.failed,
      `the flow has ${problems.length === 1 ? "a problem" : `${problems.length} problems`}, above; nothing was run`,
      { where: file },
    );
  }
  const { namespace, name, version } = compiled.workflow;
  const backend = await backendFor(context, options);
  try {
    await backend.applyFlow(source);
    const { id } = await backend.startRun({ namespace, name, version }, input);
    const code = await followRun(backend, id, context, options.timeoutMs);
    if (code === exitCodes.interrupted) await cancelAfterInterrupt(backend, id, context);
    return code;
  } finally {
    await backend.close();
  }
}

async function backendFor(context: Context, options: RunOptions): Promise<Backend> {
  const { resourceFolder } = options;
  if (options.local || serverAddress(context.options) === undefined)
    return openLocal({ secrets: await readSecretSources(options), ...(resourceFolder !== undefined && { resourceFolder }) });
  const given = [options.secret && "--secret", options.secretFile && "--secret-file", resourceFolder && "--resource-folder"].find(Boolean);
  if (given === undefined) return connect(context.options);
  throw new CommandFailure(exitCodes.usage, `${given} is for a run in this process, but a server is configured`, {
    next: "add --local, or give the server what the flow needs",
  });
}

async function cancelAfterInterrupt(backend: Backend, id: string, context: Context): Promise<void> {
  context.say("interrupted: cancelling the run\n");
  const { endedAt } = await backend.controlRun(id, "cancel");
  if (endedAt !== null) return;
  context.say("undoing what was done; a second interrupt leaves it as it is\n");
  await untilEnded(backend, id);
}

/** A run that ends with this process must have the time to be undone. */
async function untilEnded(backend: Backend, id: string): Promise<void> {
  for await (const { endedAt } of backend.watchRun(id, new AbortController().signal)) if (endedAt !== null) return;
}
