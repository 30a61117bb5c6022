// What the nodes say to a job: who of them is possible, who has room, what keeps the others away; and the reasons that follow.
import { formatAmount } from "@baton/core";
import { remainingOn, type Job, type Node, type NodeGroup } from "../model.ts";
import { failedFilter, type FilterFailure } from "../place/filters.ts";
import type { ClosedCandidate, FilterCount, Reason } from "../reason.ts";
import type { World } from "../world.ts";
import { namedNodes, namesOf, opening } from "./closed.ts";
import { counted, formatSpan } from "./format.ts";
import { objectionOf, type Holds, type Objection } from "./room.ts";

/** How many nodes were asked, how many of them are large enough and allowed, have room, and have no objection. */
export interface NodeSurvey {
  readonly total: number;
  readonly large: number;
  readonly roomy: number;
  readonly possible: number;
  readonly failed: readonly FilterCount[];
  /** The first node with room that objects, by what it objects. */
  readonly objections: ReadonlyMap<Objection["kind"], { readonly node: Node; readonly objection: Objection }>;
  /** Nodes that would be large enough and allowed, and take no jobs now. */
  readonly closed: readonly ClosedCandidate[];
  /** The most that an allowed node which takes jobs has of each resource. */
  readonly most: readonly number[];
}

/** Asks every node; of nodes that are alike in all that constraints look at, one. */
export function surveyNodes(w: World, job: Job, holds: Holds): NodeSurvey {
  const tally = new Tally();
  const refusals = new Map<NodeGroup, FilterFailure | undefined>();
  const objections = new Map<Objection["kind"], { node: Node; objection: Objection }>();
  const closed: ClosedCandidate[] = [];
  const most: number[] = Array.from(job.held, () => 0);
  const { requests } = job.spec;
  const unknown = Object.keys(requests).filter((name) => requests[name] !== 0 && w.resources.numberOf(name) === undefined);
  let [large, roomy, possible] = [0, 0, 0];
  for (const node of job.pinned === undefined ? w.nodes.values() : [job.pinned]) {
    if (!refusals.has(node.group)) refusals.set(node.group, failedFilter(job.shape.constraints, node.group.like));
    const refusal = job.pinned === undefined ? refusalOf(job, node, refusals.get(node.group)) : undefined;
    if (refusal !== undefined) {
      tally.count(refusal.filter, refusal.detail);
      continue;
    }
    if (!isLarge(w, job, node, unknown, tally, most)) continue;
    if (job.pinned === undefined && node.status !== "ready") {
      tally.count("status", node.status);
      closed.push({ nodeId: node.id, status: node.status });
      continue;
    }
    large++;
    if (!hasRoom(w, job, node, tally)) continue;
    roomy++;
    const objection = objectionOf(w, job, node, holds, w.now + remainingOn(job, node.speed));
    if (objection === undefined) possible++;
    else {
      tally.count(objection.filter, objection.detail);
      if (!objections.has(objection.kind)) objections.set(objection.kind, { node, objection });
    }
  }
  return { total: w.nodes.size, large, roomy, possible, failed: tally.counts(), objections, closed, most };
}

/** How many nodes failed which filter, and by what. */
class Tally {
  readonly #counts = new Map<string, Map<string, number>>();

  count(filter: string, detail: string): void {
    let details = this.#counts.get(filter);
    if (details === undefined) this.#counts.set(filter, (details = new Map()));
    details.set(detail, (details.get(detail) ?? 0) + 1);
  }

  counts(): FilterCount[] {
    const all = [...this.#counts].flatMap(([filter, details]) => [...details].map(([detail, nodes]) => ({ filter, detail, nodes })));
    return all.sort((a, b) => b.nodes - a.nodes);
  }
}

function refusalOf(job: Job, node: Node, failed: FilterFailure | undefined): FilterFailure | undefined {
  if (job.spec.constraints?.nodes?.includes(node.id) === false) return { filter: "node", detail: "not one of those named" };
  return failed;
}

function isLarge(w: World, job: Job, node: Node, unknown: readonly string[], tally: Tally, most: number[]): boolean {
  let is = true;
  for (let d = 0; d < job.held.length; d++) {
    const wanted = job.held[d] as number;
    const has = node.ledger.capacity[d] as number;
    if (node.status === "ready" && has > (most[d] as number)) most[d] = has;
    if (wanted <= 0 || wanted <= has) continue;
    tally.count("size", w.resources.names[d] as string);
    is = false;
  }
  for (const name of unknown) tally.count("size", name);
  return is && unknown.length === 0;
}

function hasRoom(w: World, job: Job, node: Node, tally: Tally): boolean {
  let has = true;
  for (let d = 0; d < job.held.length; d++) {
    const wanted = job.held[d] as number;
    if (wanted <= 0 || wanted <= (node.ledger.free[d] as number)) continue;
    tally.count("room", w.resources.names[d] as string);
    has = false;
  }
  return has;
}

/** The reasons of nodes: none could ever take it, none has room, or those that have room object. */
export function nodeReasons(w: World, job: Job, survey: NodeSurvey): Reason[] {
  if (survey.possible > 0) return [];
  const { total, possible, failed, closed } = survey;
  const evidence = { type: "nodes", total, possible, failed, waitsFor: closed.slice(0, namedNodes) } as const;
  const failures = failed.map(({ filter, detail, nodes }) => `${nodes} by ${filter} (${detail})`).join(", ");
  const why = total === 0 ? "there is no node" : `of ${counted(total, "node")}, ${failures}`;
  if (survey.large === 0) {
    return [
      {
        code: "pending.constraint",
        summary: closed.length === 0 ? `no node could take it, even empty: ${why}` : `it waits for ${namesOf(closed)}: ${why}`,
        evidence,
        remedy: { summary: closed.length === 0 ? wouldFit(w, survey) : opening(closed) },
      },
    ];
  }
  if (survey.roomy === 0) {
    const others = closed.length === 0 ? "ask for less, or add a node" : opening(closed);
    const remedy = { summary: `it starts when enough has ended; or ${others}` };
    return [{ code: "pending.capacity", summary: `no node has room: ${why}`, evidence, remedy }];
  }
  return [...survey.objections.values()].map(({ node, objection }) => objectionReason(w, job, node, objection, evidence, why));
}

/** What would have to be asked for less, where size is what is wrong; else the constraints. */
function wouldFit(w: World, survey: NodeSurvey): string {
  const sizes = survey.failed.filter(({ filter }) => filter === "size").map(({ detail }) => detail);
  if (sizes.length === 0) return "loosen the constraint that keeps most nodes away, or add a node that meets it";
  const parts = sizes.map((name) => `${name} is at most ${formatAmount(name, survey.most[w.resources.numberOf(name) ?? -1] ?? 0)}`);
  return `it could fit if ${parts.join(" and ")}; or add a node that is large enough`;
}

function objectionReason(w: World, job: Job, node: Node, objection: Objection, evidence: Reason["evidence"], why: string): Reason {
  switch (objection.kind) {
    case "hold":
    case "clearing": {
      const left = formatSpan(objection.at - w.now);
      const what = objection.kind === "hold" ? "goes there" : "is to start there, apart from such jobs,";
      return {
        code: "pending.reservation",
        summary: `${node.id} has room, but ${objection.forJob.id} ${what} in ${left} and this job would delay it`,
        evidence: { type: "reservation", forJobId: objection.forJob.id, nodeId: node.id, at: objection.at },
        remedy: { summary: `it fits before if it takes at most ${left} (it is estimated at ${formatSpan(job.reserveMs)})` },
      };
    }
    case "window":
      return {
        code: "pending.reservation",
        summary: `room is kept for a reservation in advance: ${why}`,
        evidence,
        remedy: { summary: "wait until its window closes, or end before it opens" },
      };
    case "relation":
      return {
        code: "pending.constraint",
        summary: `those with room are not where it may be among others: ${why}`,
        evidence,
        remedy: { summary: "it follows when jobs that stand against it have ended, or when one that it wants to be near has started" },
      };
  }
}
