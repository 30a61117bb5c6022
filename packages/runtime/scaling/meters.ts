// What is counted of autoscalers since the start.
import { increment } from "../stats.ts";

/** What came of a decision. */
export type ScaleResult = "up" | "down" | "unchanged" | "failed";

/** One autoscaler in numbers. */
export interface ScaleStats {
  readonly autoscaler: string;
  /** Of its latest decision; null: it has not decided yet. */
  readonly current: number | null;
  readonly desired: number | null;
  /** Decisions, by what came of them. */
  readonly results: ReadonlyMap<ScaleResult, number>;
  /** Decisions in which what was wanted was not done, by why. */
  readonly held: ReadonlyMap<string, number>;
}

interface Counted {
  current: number | null;
  desired: number | null;
  readonly results: Map<ScaleResult, number>;
  readonly held: Map<string, number>;
}

/** Counters of all autoscalers. */
export class ScaleMeters {
  readonly #all = new Map<string, Counted>();

  /** One has decided. */
  decided(
    autoscaler: string,
    { current, desired, held }: { readonly current: number; readonly desired: number; readonly held: string | null },
  ): void {
    const counted = this.#of(autoscaler);
    Object.assign(counted, { current, desired });
    increment(counted.results, desired > current ? "up" : desired < current ? "down" : "unchanged");
    if (held !== null) increment(counted.held, held);
  }

  /** One could not decide, or not do what it decided. */
  failed(autoscaler: string): void {
    increment(this.#of(autoscaler).results, "failed");
  }

  /** One that is gone is measured no more. */
  forget(autoscaler: string): void {
    this.#all.delete(autoscaler);
  }

  read(): readonly ScaleStats[] {
    return [...this.#all].map(([autoscaler, counted]) => ({ autoscaler, ...counted }));
  }

  #of(autoscaler: string): Counted {
    const known = this.#all.get(autoscaler);
    if (known !== undefined) return known;
    const counted: Counted = { current: null, desired: null, results: new Map(), held: new Map() };
    this.#all.set(autoscaler, counted);
    return counted;
  }
}
