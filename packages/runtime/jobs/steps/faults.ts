// What a job that came to no good end means to the step that waits for it, in the specification's error kinds.
import type { BatonError } from "@baton/core";
import type { NamedFault, StandardErrorKind, WorkFault } from "@baton/engine";
import type { JobProblem } from "@baton/executors";
import type { JobView } from "../view.ts";

interface Meaning {
  readonly kind: StandardErrorKind;
  readonly status: number;
  readonly title: string;
}

const unable = { kind: "configuration", status: 400 } as const;
const broken = { kind: "validation", status: 400 } as const;

/** By the code of the job's error; anything else is a failure of what ran. */
const meanings: { readonly [code: string]: Meaning } = {
  "function-input-invalid": { ...broken, title: "The input breaks the function's contract" },
  "function-output-invalid": { ...broken, title: "The answer breaks the function's contract" },
  "job-timed-out": { kind: "timeout", status: 408, title: "The job's time was over" },
  "job-lost": { kind: "communication", status: 503, title: "The node that ran the job was lost" },
  "job-exit": { kind: "runtime", status: 500, title: "Process failed" },
  "job-killed": { kind: "runtime", status: 500, title: "Process failed" },
  "job-start-failed": { kind: "runtime", status: 500, title: "Process cannot be started" },
  "job-spec-invalid": { ...unable, title: "Process cannot be started" },
  "command-not-found": { ...unable, title: "Process cannot be started" },
  "command-not-permitted": { ...unable, title: "Process cannot be started" },
  "interpreter-missing": { ...unable, title: "Process cannot be started" },
  "sandbox-unavailable": { ...unable, title: "Process cannot be started" },
  "image-missing": { ...unable, title: "Image missing" },
  "volume-missing": { ...unable, title: "Volume missing" },
  "container-name-taken": { ...unable, title: "Container name taken" },
  "container-port-taken": { ...unable, title: "Container port taken" },
  "function-failed": { kind: "runtime", status: 500, title: "The function failed" },
};

const otherFailure: Meaning = { kind: "runtime", status: 500, title: "The job failed" };
const cancelled: Meaning = { kind: "runtime", status: 500, title: "The job was cancelled" };
const refused: Meaning = { kind: "configuration", status: 400, title: "The job was refused" };

/** The fault of a job that has ended otherwise than completed. */
export function faultOfJob({ id, status, error }: JobView): WorkFault | NamedFault {
  const { problem } = error ?? {};
  if (problem !== undefined) return named(problem);
  if (error === null) return { ...(status === "cancelled" ? cancelled : otherFailure), detail: `The job ${id} is ${status}.` };
  return { ...(meanings[error.code] ?? otherFailure), detail: `${error.message} (${error.code}, job ${id})` };
}

/** What a function has named itself is what its flow catches. */
function named({ type, status, title, detail }: JobProblem): NamedFault {
  return { type, status, ...(title !== undefined && { title }), ...(detail !== undefined && { detail }) };
}

/** The fault of a job that was not taken in. */
export function faultOfRefusal({ code, message }: BatonError): WorkFault {
  return { ...(meanings[code] ?? refused), detail: `${message} (${code})` };
}

/** A job's input is stored as it is. */
export const secretInInput: WorkFault = {
  kind: "authorization",
  status: 403,
  title: "The arguments hold a secret",
  detail: "A job's input is stored as it is. Give the function the secret's name, and let its worker read the secret itself.",
};

/** As of a function's. */
export const secretInContainer: WorkFault = {
  kind: "authorization",
  status: 403,
  title: "The container's arguments hold a secret",
  detail:
    "A container's arguments, variables and input are stored as they are. Mount a file with the secret into it, or let it ask for it.",
};
