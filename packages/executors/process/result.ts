// From how a process ended to what the task puts out.
//
// Text is given exactly as the process wrote it (a final line break too). An exit code other than 0 is an error
// where the task returns what the process put out, or nothing; where it asks for the code or for what went wrong, it is data.
import { constants } from "node:os";
import type { Json } from "@baton/core";
import type { ProcessWork, WorkFault, WorkOutcome } from "@baton/engine";
import type { ChildEnd } from "./child.ts";
import { outputTail, wholeOutput, type OutputSink } from "./output.ts";
import { shownTailBytes } from "../limits.ts";

/** The two output streams of a process. */
export interface Outputs {
  readonly stdout: OutputSink;
  readonly stderr: OutputSink;
}

/** What is returned of processes that failed as of others. */
const mayFail: ReadonlySet<ProcessWork["return"]> = new Set(["stderr", "code", "all"]);

/** Whole streams for what the task returns, the end of the others. */
export function outputsFor(returned: ProcessWork["return"], maxBytes: number): Outputs {
  const sink = (name: "stdout" | "stderr"): OutputSink =>
    returned === name || returned === "all" ? wholeOutput(maxBytes) : outputTail(shownTailBytes);
  return { stdout: sink("stdout"), stderr: sink("stderr") };
}

/** The outcome of a process that has ended and was not aborted. */
export function outcomeOf(work: ProcessWork, end: ChildEnd, outputs: Outputs, maxBytes: number): WorkOutcome {
  const what = work.kind === "shell" ? "The shell command" : `The ${work.language ?? "js"} script`;
  for (const name of ["stdout", "stderr"] as const)
    if (outputs[name].overflowed)
      return failed("Output too large", `${what} wrote more than ${maxBytes} bytes to ${name}, and was stopped.`);
  if (end.kind === "failed") return notStarted(what, end.code, end.message);
  const ended = end.kind === "killed" ? `was ended by ${end.signal}` : `ended with exit code ${end.code}`;
  const succeeded = end.kind === "exited" && end.code === 0;
  if (!succeeded && !mayFail.has(work.return)) return failed("Process failed", `${what} ${ended}.${lastWords(outputs.stderr)}`);
  return { ok: true, output: valueOf(work.return, codeOf(end), outputs) };
}

/** As shells count it: a signal is 128 and its number. */
function codeOf(end: Exclude<ChildEnd, { kind: "failed" }>): number {
  if (end.kind === "exited") return end.code;
  return 128 + (constants.signals[end.signal as NodeJS.Signals] ?? 0);
}

function valueOf(returned: ProcessWork["return"], code: number, { stdout, stderr }: Outputs): Json {
  switch (returned) {
    case "stdout":
      return stdout.text();
    case "stderr":
      return stderr.text();
    case "code":
      return code;
    case "all":
      return { code, stdout: stdout.text(), stderr: stderr.text() };
    case "none":
      return null;
  }
}

function lastWords(stderr: OutputSink): string {
  const text = stderr.text().slice(-shownTailBytes).trim();
  return text === "" ? "" : ` The end of stderr: ${text}`;
}

function failed(title: string, detail: string): WorkOutcome {
  const fault: WorkFault = { kind: "runtime", status: 500, title, detail };
  return { ok: false, fault };
}

const settings: { readonly [code: string]: string } = {
  ENOENT: "the program is not there",
  EACCES: "the program may not be run",
  E2BIG: "the arguments and environment are longer than the system allows",
  ERR_INVALID_ARG_VALUE: "an argument or variable has a null character",
};

/** A wrong setting is the author's or operator's to mend; anything else is the machine's trouble, which may pass. */
function notStarted(what: string, code: string, message: string): WorkOutcome {
  const setting = Object.hasOwn(settings, code) ? settings[code] : undefined;
  if (setting === undefined) return failed("Process cannot be started", `${what} could not be started: ${message}.`);
  const detail = `${what} could not be started: ${setting} (${code}).`;
  return { ok: false, fault: { kind: "configuration", status: 400, title: "Process cannot be started", detail } };
}
