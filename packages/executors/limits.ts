// What an executor takes at most. Each limit has a fault of its own, so that nobody has to guess which one was met.
import type { Millis } from "@baton/core";

/** The largest body of an HTTP response, after decompression. */
export const maxResponseBytes = 4 * 1024 * 1024;

/** The deepest nesting of a JSON response. */
export const maxResponseDepth = 256;

/** Connections to one origin; further calls wait for a free one. */
export const connectionsPerOrigin = 128;

/** How long a connection may take to come about. */
export const connectTimeoutMs: Millis = 10_000;

/** How long a peer may be silent: before its headers, and between two pieces of its body. */
export const silenceTimeoutMs: Millis = 300_000;

/** The most that a process may write to an output stream whose text the task returns. */
export const maxOutputBytes = 4 * 1024 * 1024;

/** How much of the end of stderr a fault shows. */
export const shownTailBytes = 2048;

/** Processes at a time; further ones wait. */
export const maxProcesses = 64;

/** What a process group gets between SIGTERM and SIGKILL. */
export const killGraceMs: Millis = 5000;
