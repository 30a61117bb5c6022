// Which learner to believe. A prediction is used to put short jobs first, so a learner is judged by the harm that its order does,
// not by its error: of two jobs, if the longer one is predicted to be shorter, the shorter one waits for it, which costs it
// the slowdown (longer / shorter). Every completed job is compared with the last ones that completed before it.
import type { Millis } from "@baton/core";

/** With how many earlier jobs a completed one is compared. */
const rivals = 16;
/** What a loss weighs after one more job: a half-life of about three hundred and fifty jobs. */
const fading = 0.998;
/** Run times count as at least ten seconds, as in the bounded slowdown. */
const shortestMs: Millis = 10_000;
/** Another learner must be better by this factor to take over, so that noise does not switch them to and fro. */
const margin = 0.95;

interface Completed {
  readonly run: Millis;
  readonly predictions: Float64Array;
}

/** The losses of several learners, and the one that does best. */
export class Contest {
  readonly #losses: Float64Array;
  readonly #last: Completed[] = [];
  #next = 0;
  #leader = 0;

  constructor(learners: number) {
    this.#losses = new Float64Array(learners);
  }

  /** The index of the learner that did the least harm lately; the first one as long as nothing is known. */
  get leader(): number {
    return this.#leader;
  }

  /** The fading loss of each learner. */
  get losses(): readonly number[] {
    return [...this.#losses];
  }

  /** Judges the predictions that were made for a job that took `run`. */
  judge(run: Millis, predictions: Float64Array): void {
    for (let i = 0; i < predictions.length; i++) {
      let loss = 0;
      for (const other of this.#last) loss += harm(run, predictions[i] as number, other.run, other.predictions[i] as number);
      this.#losses[i] = (this.#losses[i] as number) * fading + loss;
    }
    this.#last[this.#next] = { run, predictions };
    this.#next = (this.#next + 1) % rivals;
    this.#elect();
  }

  /** See fork.ts. */
  forked(): Contest {
    const copy = new Contest(this.#losses.length);
    copy.#losses.set(this.#losses);
    copy.#last.push(...this.#last);
    copy.#next = this.#next;
    copy.#leader = this.#leader;
    return copy;
  }

  #elect(): void {
    const losses = this.#losses;
    for (let i = 0; i < losses.length; i++) if ((losses[i] as number) < (losses[this.#leader] as number) * margin) this.#leader = i;
  }
}

/** The slowdown that the shorter of two jobs suffers if the predictions put the longer one first; half of it where they say nothing. */
function harm(run: Millis, predicted: Millis, otherRun: Millis, otherPredicted: Millis): number {
  const [a, b] = [Math.max(run, shortestMs), Math.max(otherRun, shortestMs)];
  if (a === b) return 0;
  const isWrong = (a < b && predicted > otherPredicted) || (a > b && predicted < otherPredicted);
  const part = isWrong ? 1 : predicted === otherPredicted ? 0.5 : 0;
  return part * (a < b ? b / a : a / b);
}
