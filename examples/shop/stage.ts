// What the parts of the demo share.
import type { Answered } from "./processes.ts";

/** Everything that a part of the demo needs to act and to tell. */
export interface Stage {
  readonly dataFolder: string;
  readonly services: { readonly [name: string]: string };
  /** Every answer of every service, in the order of answering. */
  readonly answers: readonly Answered[];
  /** Tells about each answer when it is given. */
  onAnswer: (answered: Answered) => void;
  say(who: string, what: string): void;
}
