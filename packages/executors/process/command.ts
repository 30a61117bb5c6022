// From the work to a command line, an environment and a folder of its own.
import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { err, ok, type Result } from "@baton/core";
import type { ProcessWork, WorkFault } from "@baton/engine";
import { inBubblewrap, nodePermissions, type CommandLine, type Interpreter, type Tools } from "@baton/job-executors";

/** How scripts are confined. */
export interface Confinement {
  readonly tools: Tools;
  /** "auto": with what the machine has; "off": not at all, for machines that are themselves a sandbox. */
  readonly sandbox: "auto" | "off";
}

/** The command line for a piece of work; a script's code is written into the folder first. */
export async function commandFor(work: ProcessWork, folder: string, confinement: Confinement): Promise<Result<CommandLine, WorkFault>> {
  if (work.kind === "shell") return ok({ command: "/bin/sh", args: ["-c", work.code, "sh", ...work.arguments] });
  const interpreter = await interpreterFor(work, confinement.tools);
  if (!interpreter.ok) return interpreter;
  const isPython = work.language === "python";
  const file = join(folder, isPython ? "script.py" : "script.js");
  await writeFile(file, work.code);
  const options = isPython || confinement.sandbox === "off" ? [] : nodePermissions(folder);
  const line = { command: interpreter.value.path, args: [...options, file, ...work.arguments] };
  const bubblewrap = confinement.sandbox === "off" ? undefined : await confinement.tools.bubblewrap();
  return ok(
    bubblewrap === undefined ? line : inBubblewrap(bubblewrap, line, { folders: [folder], interpreter: interpreter.value, network: true }),
  );
}

async function interpreterFor(work: ProcessWork, tools: Tools): Promise<Result<Interpreter, WorkFault>> {
  if (work.language !== "python") return ok(tools.node);
  const python = await tools.python();
  return python === undefined
    ? configuration("There is no working python3 on this machine's path, so it cannot run Python scripts.")
    : ok(python);
}

/** A fault of how the task or the machine is set up. */
export function configuration(detail: string): Result<never, WorkFault> {
  return err({ kind: "configuration", status: 400, title: "Process cannot be started", detail });
}

const defaultPath = "/usr/local/bin:/usr/bin:/bin";

/** Only what the author declares, and what no program can do without; never the server's own environment. */
export function environmentFor(work: ProcessWork, folder: string): Result<{ readonly [name: string]: string }, WorkFault> {
  for (const name of Object.keys(work.environment))
    if (!/^[^=\0]+$/.test(name)) return configuration(`"${name}" is not a name that an environment variable can have.`);
  const basic = { PATH: process.env["PATH"] ?? defaultPath, HOME: folder, TMPDIR: folder, LANG: "C.UTF-8" };
  return ok({ ...basic, ...work.environment });
}
