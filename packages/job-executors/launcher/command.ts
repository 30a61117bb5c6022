// From a job to the arguments of spawn. What would only be seen by a shell's exit code 126 or 127, which a command may
// also give by itself, is found out before: then the answer can say what is missing.
import { accessSync, closeSync, constants, openSync, readSync, statSync, type Stats } from "node:fs";
import { resolve } from "node:path";
import { err, ok, type Result } from "@baton/core";
import { findProgram } from "../find-program.ts";
import type { JobFailureCode } from "../errors.ts";
import type { LaunchSpec } from "./protocol.ts";

/** Why a job cannot start. */
export interface Refusal {
  readonly code: JobFailureCode;
  readonly message: string;
}

/** What PATH is on a node that has none. */
export const defaultPath = "/usr/local/bin:/usr/bin:/bin";

/** What PATH is for a job that sets none: the node's own. */
export function nodePath(): string {
  return process.env["PATH"] ?? defaultPath;
}

/** The file of the job's command, which can be run as far as one can see. */
export function resolveCommand({ command, env }: LaunchSpec, cwd: string): Result<string, Refusal> {
  const folder = stat(cwd);
  if (!folder?.isDirectory())
    return refuse("working-folder-missing", `The working folder ${cwd} is ${folder === undefined ? "not there" : "no folder"}.`);
  const path = env["PATH"] ?? nodePath();
  const file = command.includes("/") ? resolve(cwd, command) : findProgram(command, path);
  if (file === undefined) return refuse("command-not-found", `There is no program "${command}" in ${path}.`);
  const info = stat(file);
  if (info === undefined) return refuse("command-not-found", `There is no file ${file}.`);
  if (info.isDirectory()) return refuse("command-not-permitted", `${file} is a folder.`);
  return isAllowed(file, constants.X_OK)
    ? withInterpreter(file)
    : refuse("command-not-permitted", `${file} may not be executed by this user.`);
}

/** A script names in its first line the program that runs it; the kernel reads no further than this. */
const firstLineBytes = 256;

function withInterpreter(file: string): Result<string, Refusal> {
  if (!isAllowed(file, constants.R_OK)) return ok(file);
  const [, interpreter] = /^#!\s*(\S+)/.exec(beginningOf(file)) ?? [];
  if (interpreter === undefined || stat(interpreter) !== undefined) return ok(file);
  return refuse("command-not-found", `The first line of ${file} names the program ${interpreter}, which is not there.`);
}

function beginningOf(file: string): string {
  const descriptor = openSync(file, "r");
  try {
    const buffer = Buffer.alloc(firstLineBytes);
    return buffer.toString("latin1", 0, readSync(descriptor, buffer, 0, firstLineBytes, 0));
  } finally {
    closeSync(descriptor);
  }
}

function refuse(code: JobFailureCode, message: string): Result<never, Refusal> {
  return err({ code, message });
}

/** What cannot be looked at is not there, as far as this user is concerned. */
function stat(path: string): Stats | undefined {
  try {
    return statSync(path, { throwIfNoEntry: false });
  } catch {
    return undefined;
  }
}

function isAllowed(path: string, mode: number): boolean {
  try {
    accessSync(path, mode);
    return true;
  } catch {
    return false;
  }
}

/** A shell as the first moment of every job: it joins the control groups and turns into the command, under the same process id. */
const entrance = `
[ "$1" = - ] || ulimit -f "$1" || exit 125
shift
while [ "$1" != -- ]; do echo 0 > "$1" || exit 125; shift; done
shift
exec "$@"`;

/** POSIX counts the limit of a file in these. */
const fileBlockBytes = 512;

/** The whole command line: through the entrance, into the groups, with what has to stand before the command. */
export function commandLine(
  joinFiles: readonly string[],
  prefix: readonly string[],
  diskBytes: number | undefined,
  command: readonly string[],
): { readonly file: string; readonly args: readonly string[] } {
  const blocks = diskBytes === undefined ? "-" : String(Math.ceil(diskBytes / fileBlockBytes));
  return { file: "/bin/sh", args: ["-c", entrance, "baton", blocks, ...joinFiles, "--", ...prefix, ...command] };
}
