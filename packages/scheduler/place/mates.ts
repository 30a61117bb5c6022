// How the members of one gang stand to each other by where they would run: who is placed already counts for those that follow.
import type { Job, Node, Watch } from "../model.ts";
import { domainValue } from "./watch.ts";

/** The domains in which a job wants to be apart from jobs like itself: of a gang of them, each needs a value of its own. */
export function ownDomains({ shape }: Job): readonly string[] {
  const domains: string[] = [];
  for (const watch of shape.relations?.apart ?? []) if (shape.countedBy.includes(watch)) domains.push(watch.domain);
  return domains;
}

/** The members of a gang that have a place in a plan. */
export class Mates {
  readonly #placed = new Map<Watch, Map<string, number>>();

  /** Whether a further member may go on a node, as far as those that are placed matter. */
  allow(job: Job, node: Node): boolean {
    const { relations } = job.shape;
    if (relations === undefined || this.#placed.size === 0) return true;
    for (const watch of [...relations.apart, ...relations.shunnedBy]) if (this.#at(watch, node) > 0) return false;
    return relations.spread.every(({ watch, term, values }) => {
      const least = values.reduce((min, value) => Math.min(min, this.#placed.get(watch)?.get(value) ?? 0), Infinity);
      return this.#at(watch, node) + 1 - (least === Infinity ? 0 : least) <= term.maxSkew;
    });
  }

  place(job: Job, node: Node): void {
    for (const watch of job.shape.countedBy) {
      const value = domainValue(node, watch.domain);
      if (value === undefined) continue;
      const counts = this.#placed.get(watch) ?? new Map<string, number>();
      counts.set(value, (counts.get(value) ?? 0) + 1);
      this.#placed.set(watch, counts);
    }
  }

  #at(watch: Watch, node: Node): number {
    const value = domainValue(node, watch.domain);
    return value === undefined ? 0 : (this.#placed.get(watch)?.get(value) ?? 0);
  }
}
