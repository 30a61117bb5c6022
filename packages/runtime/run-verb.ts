// What may be asked of a run.

/** What may be asked of a run by people. */
export type RunVerb = "cancel" | "terminate" | "suspend" | "resume" | "retry";
