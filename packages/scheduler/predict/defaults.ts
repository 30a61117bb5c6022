// What is assumed where nothing is known.
import type { Millis } from "@baton/core";

/** The estimate of a job that says nothing of its duration and has no history: an hour. */
export const unknownDurationMs: Millis = 3_600_000;
