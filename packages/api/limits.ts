// What the API accepts at most, and what it takes when nothing is said.
import type { Millis } from "@baton/core";

/** The largest request body; more is answered with body-too-large. */
export const maxBodyBytes = 4 * 1024 * 1024;

/** The deepest nesting of a JSON body; more is answered with body-too-deep. */
export const maxBodyDepth = 256;

/** How long `wait` may ask a request to be held: less than the five minutes after which many clients and proxies give up. */
export const maxWaitMs: Millis = 4 * 60 * 1000;

/** Events that one request may bring; more is answered with events-too-many. */
export const maxEvents = 1_000;

/** The most items of one page, and how many there are when nothing is said. */
export const maxPageSize = 500;
export const defaultPageSize = 50;

/** Characters of a filter. */
export const maxFilterLength = 2_000;

/** The most firings of a schedule that are shown. */
export const maxFirings = 1000;

/** The longest Idempotency-Key. */
export const maxIdempotencyKeyLength = 255;

/** How often a silent watch stream carries a comment, so that proxies and clients know it is alive. */
export const heartbeatMs: Millis = 15_000;

/** Characters of who answers an approval, and why. */
export const longestAnswerer = 200;
export const longestReason = 2_000;
