// Why a command is refused (data: `{ rejected }`), and what is thrown when stored events cannot be read. Each code has
// its page in docs/errors.
import { errorFactory, type ErrorTable } from "@baton/core";

/** The codes of refused commands. */
export type RejectionCode =
  | "run-exists"
  | "run-final"
  | "run-not-started"
  | "run-input-too-large"
  | "run-not-retryable"
  | "run-not-migratable"
  | "approval-unknown"
  | "approval-suspended"
  | "approval-not-taken";

/** What each refusal means, and what to do. */
export const rejections: ErrorTable<RejectionCode> = {
  "run-exists": {
    summary: "There is a run with this id already.",
    next: "Read that run, or start another one under a new id.",
    retryable: false,
  },
  "run-final": {
    summary: "The run has ended; nothing can change it any more.",
    next: "Read the run's result, or start a new run.",
    retryable: false,
  },
  "run-not-started": {
    summary: "The run has not started.",
    next: "Start the run first, or check its id.",
    retryable: false,
  },
  "run-not-migratable": {
    summary: "The run would lose something in that version of its flow.",
    next: "Let the run come past the steps that are named, or keep them in the new version.",
    retryable: false,
  },
  "run-not-retryable": {
    summary: "Only a run that faulted after its first step had begun, and that has undone nothing, can be retried.",
    next: "Look at the run's status and error; start a new run where its input was refused or it was compensated.",
    retryable: false,
  },
  "approval-unknown": {
    summary: "The run does not wait for this approval, or no longer.",
    next: "List what waits with `baton approval list`; somebody else may have answered.",
    retryable: false,
  },
  "approval-suspended": {
    summary: "The run is suspended, and takes no answers until it is resumed.",
    next: "Resume it with `baton run resume ID`, then answer.",
    retryable: false,
  },
  "approval-not-taken": {
    summary: "No filter of the task takes this answer.",
    next: "Look at what the task listens to: a filter may ask for another answer, or for data that an approval does not have.",
    retryable: false,
  },
  "run-input-too-large": {
    summary: "The input is larger or deeper than a run accepts.",
    next: "Put the data where the flow can fetch it, and pass a reference.",
    retryable: false,
  },
};

/** The codes of what the engine throws. */
export type EngineErrorCode = "envelope-corrupt" | "envelope-version-unknown";

/** What each error means, and what to do. */
export const engineErrors: ErrorTable<EngineErrorCode> = {
  "envelope-corrupt": {
    summary: "An envelope of the event log cannot be read.",
    next: "Restore the data folder from a backup, or remove the run; other runs are not affected.",
    retryable: false,
  },
  "envelope-version-unknown": {
    summary: "An envelope of the event log was written by a newer version.",
    next: "Start the version that wrote it, or a newer one.",
    retryable: false,
  },
};

/** Makes an error of the engine's table. */
export const engineError = errorFactory(engineErrors);
