// Values that every package shares. Pure: no Node, no clock, no randomness of its own.
export { formatAmount, formatBytes, readAmount } from "./amount.ts";
export { assert, AssertionError, defined, unreachable } from "./assert.ts";
export { BatonError, errorFactory, type ErrorEntry, type ErrorTable } from "./errors.ts";
export { Fifo } from "./fifo.ts";
export { Heap } from "./heap.ts";
export { firstIdAt, newId, type IdPrefix } from "./ids.ts";
export { escapePointer, get, isArray, isDeeperThan, isObject, jsonEquals, parseJson, type Json, type JsonObject } from "./json.ts";
export { seededRandom, type Random } from "./random.ts";
export { err, ok, type Result } from "./result.ts";
export { editDistance, nearest } from "./suggest.ts";
export {
  addDuration,
  durationOf,
  formatInstant,
  maxDurationMs,
  parseDuration,
  parseInstant,
  type Duration,
  type DurationParts,
  type Instant,
  type Millis,
} from "./time.ts";
