// The bounds of locks that are about time and size on the way in; how many there may be is the state machine's to say.
import type { Millis } from "@baton/core";

/** Whoever waits, and is not connected, keeps its place for so long. */
export const waiterGraceMs: Millis = 30_000;

/** Claims of a lock that are shown. */
export const shownClaims = 1_000;

/** Claims of each lock that a list shows. */
export const listedClaims = 20;

/** A batch that could not be stored is written again after so long, then after twice as long, up to the second. */
export const storeRetryMs: { readonly first: Millis; readonly longest: Millis } = { first: 50, longest: 5_000 };
