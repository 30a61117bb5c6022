// Load of resources and nodes: how much of what was there was used, and how evenly.

/** sum(resource x time used) / (capacity x window); zero where there was nothing to use. */
export function utilisation(used: number, capacity: number, window: number): number {
  return capacity > 0 && window > 0 ? used / (capacity * window) : 0;
}

/** The loads of several nodes: their mean and how far they lie apart. */
export interface NodeLoad {
  readonly mean: number;
  /** The coefficient of variation: standard deviation (of the whole population) over mean; zero when all are equal. */
  readonly imbalance: number;
}

/** Summarises the loads of the nodes, each in the same unit (tasks, or the share of its time that it was busy). */
export function nodeLoad(loads: ArrayLike<number>): NodeLoad {
  if (loads.length === 0) return { mean: 0, imbalance: 0 };
  let sum = 0;
  for (let i = 0; i < loads.length; i++) sum += loads[i] as number;
  const mean = sum / loads.length;
  let squares = 0;
  for (let i = 0; i < loads.length; i++) squares += ((loads[i] as number) - mean) ** 2;
  return { mean, imbalance: mean === 0 ? 0 : Math.sqrt(squares / loads.length) / mean };
}
