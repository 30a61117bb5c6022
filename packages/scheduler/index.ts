// The scheduler: what runs next, where, and why. Pure: the same events give the same decisions, to the byte.
export * from "./metrics/index.ts";
export type * from "./policy.ts";
export type * from "./reason.ts";
export type * from "./types.ts";
