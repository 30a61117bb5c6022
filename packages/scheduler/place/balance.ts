// Which of several possible places is taken: one implementation for nodes and for instances of services. A policy looks
// at places through `Choices`, so that neither side has to copy what it knows; `balance` is the form for plain objects.
// The policies of chance draw from a counter, so that equal states choose equally.
import { unreachable } from "@baton/core";
import type { PlacementName } from "../policy.ts";

/** Possible places, by index. All functions are pure for the time of one choice. */
export interface Choices {
  readonly size: number;
  id(i: number): string;
  /** A number that stays with the place: round robin goes by it. */
  ordinal(i: number): number;
  weight(i: number): number;
  /** Requests or jobs that are under way there. */
  active(i: number): number;
  /** How much longer what is under way will take, in all. */
  remainingMs(i: number): number;
  /** The mean share of its capacity that is left free afterwards. */
  leftShare(i: number): number;
  /** The largest share of one of its resources that is in use afterwards. */
  dominantShare(i: number): number;
  /** When the work would be done there, counted from now. */
  completionMs(i: number): number;
}

/** What a balancer remembers. Plain data: copy it and it goes on from there. */
export interface BalanceState {
  /** The ordinal of the last choice. */
  last: number;
  /** How many choices were made. */
  draws: number;
  readonly seed: number;
  /** Smooth weighted round robin: what each place is owed. */
  readonly credits: { [id: string]: number };
}

/** The memory of a balancer that has not chosen yet. */
export function newBalanceState(seed = 1): BalanceState {
  return { last: -1, draws: 0, seed, credits: {} };
}

/** A place as the users of `balance` describe it; what a policy does not look at can be left out. */
export interface Candidate {
  readonly id: string;
  readonly weight?: number;
  readonly active?: number;
  readonly remainingMs?: number;
  /** Share of its capacity that is free, 0 to 1. */
  readonly free?: number;
  /** How fast it works, relative to others. */
  readonly speed?: number;
}

/** Chooses one of `candidates` and notes the choice in `state`; undefined where there is none. */
export function balance(candidates: readonly Candidate[], policy: PlacementName, state: BalanceState): Candidate | undefined {
  return candidates.length === 0 ? undefined : candidates[choose(new CandidateChoices(candidates), policy, state)];
}

class CandidateChoices implements Choices {
  readonly #all: readonly Candidate[];
  constructor(all: readonly Candidate[]) {
    this.#all = all;
  }
  get size(): number {
    return this.#all.length;
  }
  id(i: number): string {
    return this.#at(i).id;
  }
  ordinal(i: number): number {
    return i;
  }
  weight(i: number): number {
    return this.#at(i).weight ?? 1;
  }
  active(i: number): number {
    return this.#at(i).active ?? 0;
  }
  remainingMs(i: number): number {
    return this.#at(i).remainingMs ?? 0;
  }
  leftShare(i: number): number {
    return this.#at(i).free ?? 1;
  }
  dominantShare(i: number): number {
    return 1 - this.leftShare(i);
  }
  completionMs(i: number): number {
    return this.remainingMs(i) / (this.#at(i).speed ?? 1);
  }
  #at(i: number): Candidate {
    return this.#all[i] as Candidate;
  }
}

/** The index of the chosen place; there must be at least one. */
export function choose(choices: Choices, policy: PlacementName, state: BalanceState): number {
  const chosen = pick(choices, policy, state);
  state.draws++;
  state.last = choices.ordinal(chosen);
  return chosen;
}

function pick(choices: Choices, policy: PlacementName, state: BalanceState): number {
  switch (policy) {
    case "round-robin":
      return least(choices, state, () => 0);
    case "weighted-round-robin":
      return smooth(choices, state);
    case "random":
      return draw(state, 0, choices.size);
    case "power-of-two":
      return powerOfTwo(choices, state);
    case "least-connections":
      return least(choices, state, (i) => choices.active(i) / choices.weight(i));
    case "least-remaining-time":
      return least(choices, state, (i) => choices.remainingMs(i));
    case "best-fit":
      return least(choices, undefined, (i) => choices.leftShare(i));
    case "worst-fit":
      return least(choices, state, (i) => -choices.leftShare(i));
    case "bin-pack":
      return least(choices, undefined, (i) => -choices.dominantShare(i));
    case "min-completion-time":
      return least(choices, undefined, (i) => choices.completionMs(i));
    case "static":
      return byWeightAlone(choices, state);
    default:
      return unreachable(policy);
  }
}

/** Whether a policy fills places up one after the other, so that it need not look at all of many equal ones. */
export function packs(policy: PlacementName): boolean {
  return policy === "best-fit" || policy === "bin-pack" || policy === "min-completion-time";
}

/** The place of the least cost; of equal ones the next in turn after the last choice, or the first where no state is given. */
function least(choices: Choices, state: BalanceState | undefined, cost: (i: number) => number): number {
  const last = state?.last ?? -1;
  let best = 0;
  let bestCost = Infinity;
  let bestTurn = Infinity;
  for (let i = 0; i < choices.size; i++) {
    const c = cost(i);
    if (c > bestCost) continue;
    const ordinal = choices.ordinal(i);
    const turn = ordinal > last ? ordinal - last : ordinal - last + Number.MAX_SAFE_INTEGER;
    if (c === bestCost && turn >= bestTurn) continue;
    best = i;
    bestCost = c;
    bestTurn = turn;
  }
  return best;
}

/** Smooth weighted round robin: all are credited their weight, the richest is taken and pays what was handed out. */
function smooth(choices: Choices, { credits }: BalanceState): number {
  let total = 0;
  let best = 0;
  for (let i = 0; i < choices.size; i++) {
    const id = choices.id(i);
    const weight = choices.weight(i);
    total += weight;
    credits[id] = (credits[id] ?? 0) + weight;
    if (credits[id] > (credits[choices.id(best)] as number)) best = i;
  }
  const id = choices.id(best);
  credits[id] = (credits[id] as number) - total;
  return best;
}

/** The less busy of two that are drawn at random (Mitzenmacher 2001). */
function powerOfTwo(choices: Choices, state: BalanceState): number {
  const first = draw(state, 0, choices.size);
  if (choices.size === 1) return first;
  const other = draw(state, 1, choices.size - 1);
  const second = other >= first ? other + 1 : other;
  const load = (i: number): number => choices.active(i) / choices.weight(i);
  return load(second) < load(first) ? second : first;
}

/** A cycle fixed by the weights alone: whatever happens, a place gets weight / total of the choices. */
function byWeightAlone(choices: Choices, state: BalanceState): number {
  let total = 0;
  for (let i = 0; i < choices.size; i++) total += choices.weight(i);
  let rest = state.draws % total;
  for (let i = 0; i < choices.size; i++) {
    rest -= choices.weight(i);
    if (rest < 0) return i;
  }
  return choices.size - 1;
}

/** A number from 0 to `size` - 1, drawn from the counter by a mixing function (the finaliser of MurmurHash3). */
function draw(state: BalanceState, stream: number, size: number): number {
  let h = Math.imul(state.seed ^ Math.imul(state.draws + 1, 0x9e3779b1), 0x85ebca6b) ^ Math.imul(stream + 1, 0xc2b2ae35);
  h = Math.imul(h ^ (h >>> 16), 0x85ebca6b);
  h = Math.imul(h ^ (h >>> 13), 0xc2b2ae35);
  return Math.floor((((h ^ (h >>> 16)) >>> 0) / 4294967296) * size);
}
