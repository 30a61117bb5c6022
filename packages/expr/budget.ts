// The budget of one evaluation. Code charges what it is about to do before it does it, so that an evaluation stops
// within one operation of its budget's end. Counters run down to zero; below zero the evaluation ends.
import { BudgetEnd, type BudgetName } from "./failure.ts";
import type { Value } from "./value/value.ts";

/** What one evaluation may use, and the time that it takes to be now. */
export interface EvaluationLimits {
  /** The current time in milliseconds since 1970, for `now` and its kin. */
  readonly now: number;
  /** Loop turns, function calls and elements touched by builtins. */
  readonly steps?: number;
  /** Bytes of strings, array slots and object slots built. */
  readonly bytes?: number;
  /** Nested calls of functions; one counts once for every two levels that its body nests. */
  readonly depth?: number;
  /** Values in all results together, containers and leaves alike; a string counts once more for every 64 characters. */
  readonly output?: number;
  /** Steps of the regular expression engine. */
  readonly regexSteps?: number;
  /** Receives what `debug` and `stderr` say. */
  readonly onMessage?: (kind: "debug" | "stderr", value: Value) => void;
}

/** The limits that hold where the host names none. */
export const defaultLimits = {
  steps: 10_000_000,
  bytes: 256 * 1024 * 1024,
  depth: 1_000,
  output: 10_000_000,
  regexSteps: 10_000_000,
} as const;

/** Deepest nesting of arrays and objects that JSON text may have, and longest path. */
export const maxJsonDepth = 10_000;

/** Deepest nesting that a result may have: what receives it works on it recursively. */
export const maxResultDepth = 2_000;

/** Levels of a function's body that count as one nested call: the host's stack must not end before the budget does. */
export const levelsPerCall = 2;

/** Bytes charged for one slot of an array. */
export const bytesPerElement = 8;
/** Bytes charged for one property of an object. */
export const bytesPerProperty = 32;

/** The counters of one evaluation. */
export class Run {
  steps: number;
  bytes: number;
  depth: number;
  readonly regex: { steps: number };
  readonly limits: EvaluationLimits;

  constructor(limits: EvaluationLimits) {
    this.limits = limits;
    this.steps = limits.steps ?? defaultLimits.steps;
    this.bytes = limits.bytes ?? defaultLimits.bytes;
    this.depth = limits.depth ?? defaultLimits.depth;
    this.regex = { steps: limits.regexSteps ?? defaultLimits.regexSteps };
  }

  /** One turn of a loop, or one call. */
  step(): void {
    if (--this.steps < 0) this.end("steps");
  }

  /** Work on `count` elements inside one operation. */
  work(count: number): void {
    if ((this.steps -= count) < 0) this.end("steps");
  }

  /** `bytes` about to be built. */
  allocate(bytes: number): void {
    if ((this.bytes -= bytes) < 0) this.end("bytes");
  }

  /** A nested call begins; pair it with `leave`. `weight` is how much of the host's stack it may take. */
  enter(weight: number): void {
    this.depth -= weight;
    if (--this.steps < 0) this.end("steps");
    if (this.depth < 0) this.end("depth");
  }

  leave(weight: number): void {
    this.depth += weight;
  }

  end(budget: BudgetName): never {
    throw new BudgetEnd(budget, limitOf(this.limits, budget));
  }
}

function limitOf(limits: EvaluationLimits, budget: BudgetName): number {
  if (budget === "regex") return limits.regexSteps ?? defaultLimits.regexSteps;
  return limits[budget] ?? defaultLimits[budget];
}
