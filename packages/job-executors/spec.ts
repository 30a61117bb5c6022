// What of an order can be seen to be wrong without trying it.
import { constants } from "node:os";
import { maxAllocationLength } from "./limits.ts";
import type { JobSpec } from "./port.ts";

const allocationPattern = /^[A-Za-z0-9_][A-Za-z0-9_.-]*$/;

/** The first thing that is wrong with it, in a sentence; undefined where nothing is. */
export function specProblem(spec: JobSpec): string | undefined {
  if (!isAllocation(spec.allocation)) return `${JSON.stringify(spec.allocation)} is not an allocation.`;
  return programProblem(spec) ?? environmentProblem(spec.env) ?? numbersProblem(spec);
}

/** Whether an allocation can name a folder and a control group. */
export function isAllocation(text: string): boolean {
  return text.length <= maxAllocationLength && allocationPattern.test(text);
}

/** Whether this machine has such a signal. */
export function isSignal(name: string): boolean {
  return Object.hasOwn(constants.signals, name);
}

function programProblem({ program, cwd }: JobSpec): string | undefined {
  const texts = "args" in program ? program.args : [];
  if (texts.some(hasNull)) return "An argument has a null character, which no program can be given.";
  if (program.kind === "process" && (program.command === "" || hasNull(program.command)))
    return "The command is empty or has a null character.";
  if (cwd !== undefined && (!cwd.startsWith("/") || hasNull(cwd)))
    return `The working folder ${JSON.stringify(cwd)} is not an absolute path.`;
  return undefined;
}

function environmentProblem(env: JobSpec["env"]): string | undefined {
  for (const [name, value] of Object.entries(env)) {
    if (!/^[^=\0]+$/.test(name)) return `${JSON.stringify(name)} is not a name that an environment variable can have.`;
    if (hasNull(value)) return `The environment variable ${name} has a null character.`;
  }
  return undefined;
}

function numbersProblem({ limits, timeoutMs, graceMs }: JobSpec): string | undefined {
  for (const [name, value] of Object.entries({ ...limits, timeoutMs }))
    if (value !== undefined && !(Number.isSafeInteger(value) && value > 0))
      return `${name} is ${value}, and must be a whole number above 0.`;
  if (graceMs !== undefined && !(Number.isSafeInteger(graceMs) && graceMs >= 0))
    return `graceMs is ${graceMs}, and must be a whole number, 0 or more.`;
  return undefined;
}

function hasNull(text: string): boolean {
  return text.includes("\0");
}
