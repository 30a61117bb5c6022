// The engine's bounds. Each has an error of its own, so that a run which meets one says so (workflow-error.ts).

/** What a run may use. */
export const runLimits = {
  /** Moves of one decision (a step started, an iteration or attempt begun); the run goes on with a ContinueRun. */
  movesPerDecision: 100,
  /** Steps of one run. An endless `then` loop ends here. */
  stepsPerRun: 1_000_000,
  /** Steps within each other. */
  nesting: 100,
  /** Runs that start each other. */
  subRunDepth: 32,
  forkBranches: 1_000,
  loopItems: 100_000,
  /** Steps of one run that have completed and can be undone. */
  compensations: 10_000,
  /** Of one value (input, output, context), as JSON; counted in UTF-16 units, so text outside ASCII may take more bytes. */
  dataSize: 4 * 1024 * 1024,
  /** Of one value: arrays and objects within each other. */
  dataDepth: 1_000,
} as const;

/** The names of the limits. */
export type RunLimit = keyof typeof runLimits;

/** Characters of an attribute; a longer text is none. */
export const longestAttribute = 256;

/**
 * What one evaluation of an expression may use; beyond it, it fails with an expression error. Two million steps are some
 * fifty milliseconds: with the moves of one decision, the longest that a hostile flow can hold up its neighbours.
 */
export const expressionBudget = { steps: 2_000_000, bytes: 64 * 1024 * 1024 } as const;
