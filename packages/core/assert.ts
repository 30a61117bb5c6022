// Assertions stay on in production: a failed one is a bug of Baton, never of its user.

/** Thrown when something that must hold does not. Whoever drives the core isolates the work that hit it. */
export class AssertionError extends Error {
  override readonly name = "AssertionError";
}

/** Throws an AssertionError unless `condition` holds. Write the message as "Expected ..., but ...". */
export function assert(condition: unknown, message: string): asserts condition {
  if (!condition) throw new AssertionError(message);
}

/** Gives the value where it must be there; throws an AssertionError that names it where it is not. */
export function defined<T>(value: T | null | undefined, what: string): T {
  assert(value !== undefined && value !== null, `Expected ${what}, but there is none.`);
  return value;
}

/** Closes an exhaustive switch: the compiler refuses a case that was forgotten. */
export function unreachable(value: never): never {
  throw new AssertionError(`Expected no further case, but got ${JSON.stringify(value)}.`);
}
