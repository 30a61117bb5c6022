// What an executor takes at most. Each limit has a fault of its own, so that nobody has to guess which one was met.
import type { Millis } from "@baton/core";

/** The largest body of an HTTP response, after decompression. */
export const maxResponseBytes = 4 * 1024 * 1024;

/** The deepest nesting of a JSON response. */
export const maxResponseDepth = 256;

/** Connections to one origin; further calls wait for a free one. */
export const connectionsPerOrigin = 128;

/** Servers whose digest challenges are remembered. */
export const maxDigestSessions = 1000;

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

/** The largest external resource. */
export const maxResourceBytes = 8 * 1024 * 1024;

/** How long fetching an external resource may take, redirections included. */
export const resourceTimeoutMs: Millis = 30_000;

/** How many redirections lead to an external resource at most. */
export const maxResourceRedirects = 5;

/** How long a resource is taken for fresh when its server says nothing about it. */
export const defaultFreshMs: Millis = 60_000;

/** Resources, and bytes of them, that are kept at a time. */
export const maxKeptResources = 500;
export const maxKeptResourceBytes = 64 * 1024 * 1024;

/** Documents that one OpenAPI call may follow references into. */
export const maxOpenApiDocuments = 20;

/** References that lead to one another. */
export const maxReferenceDepth = 50;
