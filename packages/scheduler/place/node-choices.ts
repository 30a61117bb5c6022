// Nodes as the placement policies see them.
import type { Instant } from "@baton/core";
import { remainingOn, type Job, type Node } from "../model.ts";
import type { Choices } from "./balance.ts";

/** The nodes that could take one job, now. */
export class NodeChoices implements Choices {
  readonly #nodes: readonly Node[];
  readonly #job: Job;
  readonly #now: Instant;

  constructor(nodes: readonly Node[], job: Job, now: Instant) {
    this.#nodes = nodes;
    this.#job = job;
    this.#now = now;
  }

  get size(): number {
    return this.#nodes.length;
  }

  id(i: number): string {
    return this.#at(i).id;
  }

  ordinal(i: number): number {
    return this.#at(i).seq;
  }

  weight(i: number): number {
    return this.#at(i).spec.weight ?? 1;
  }

  active(i: number): number {
    return this.#at(i).ledger.jobs.length;
  }

  remainingMs(i: number): number {
    let sum = 0;
    for (const job of this.#at(i).ledger.jobs) sum += Math.max(0, job.endsAt - this.#now);
    return sum;
  }

  leftShare(i: number): number {
    const { free, capacity } = this.#at(i).ledger;
    const request = this.#job.held;
    let sum = 0;
    let resources = 0;
    for (let d = 0; d < capacity.length; d++) {
      const whole = capacity[d] as number;
      if (whole === 0) continue;
      sum += ((free[d] as number) - (request[d] as number)) / whole;
      resources++;
    }
    return resources === 0 ? 0 : sum / resources;
  }

  dominantShare(i: number): number {
    const { free, capacity } = this.#at(i).ledger;
    const request = this.#job.held;
    let most = 0;
    for (let d = 0; d < capacity.length; d++) {
      const whole = capacity[d] as number;
      if (whole > 0) most = Math.max(most, 1 - ((free[d] as number) - (request[d] as number)) / whole);
    }
    return most;
  }

  completionMs(i: number): number {
    return remainingOn(this.#job, this.#at(i).speed);
  }

  #at(i: number): Node {
    return this.#nodes[i] as Node;
  }
}
