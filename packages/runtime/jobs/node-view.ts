// A node as people see it.
import type { Instant, Millis } from "@baton/core";
import type { NodeLoad } from "@baton/executors";
import type { Amounts } from "@baton/scheduler";
import { isWorker } from "./functions.ts";
import type { NodePressureKind } from "./node-pressure.ts";
import type { GoneNode, LiveNode, NodeStatus } from "./nodes.ts";

/** What a node is, has and does. */
export interface NodeView {
  readonly name: string;
  /** A machine runs commands, scripts and containers; a worker runs functions. */
  readonly kind: "machine" | "worker";
  readonly status: NodeStatus;
  /** It is lost because it left by itself, and not because it was not heard of. */
  readonly left: boolean;
  readonly pool: string | null;
  readonly zone: string | null;
  readonly labels: { readonly [key: string]: string };
  readonly taints: readonly string[];
  readonly capacity: Amounts;
  /** What its jobs were given. */
  readonly allocated: Amounts;
  /** What it has said last of what it has in use. */
  readonly load: NodeLoad | null;
  /** What it has too little of, so that it gets no new jobs. */
  readonly pressure: NodePressureKind | null;
  readonly jobs: readonly string[];
  readonly seenAt: Instant;
  /** What its times are corrected by; 0: its clock is right. */
  readonly clockOffsetMs: Millis;
  /** Attempts of a former lease that it still ends before it gets jobs. */
  readonly clearing: number;
}

/** The view of a node that is there. */
export function viewOfNode(node: LiveNode, status: NodeStatus): NodeView {
  const { seenAt, load, pressure, clock, clearing } = node;
  const allocated: { [resource: string]: number } = {};
  for (const { definition } of node.jobs.values())
    for (const [resource, amount] of Object.entries(definition.placement.requests))
      allocated[resource] = (allocated[resource] ?? 0) + amount;
  return {
    ...identityOf(node),
    status,
    left: false,
    allocated,
    load,
    pressure,
    jobs: [...node.jobs.keys()],
    seenAt,
    clockOffsetMs: clock.offsetMs,
    clearing: clearing.size,
  };
}

/** The view of one that is lost. */
export function viewOfGone(node: GoneNode): NodeView {
  const { seenAt, left } = node;
  return {
    ...identityOf(node),
    status: "lost",
    left,
    allocated: {},
    load: null,
    pressure: null,
    jobs: [],
    seenAt,
    clockOffsetMs: 0,
    clearing: 0,
  };
}

function identityOf({ spec }: GoneNode): Pick<NodeView, "name" | "kind" | "pool" | "zone" | "labels" | "taints" | "capacity"> {
  const { id, capacity, labels = {}, taints = [], pool = null, zone = null } = spec;
  const kind = isWorker(spec) ? "worker" : "machine";
  const marks = taints.map(({ key, value, effect }) => `${key}${value === undefined ? "" : `=${value}`}:${effect}`);
  return { name: id, kind, pool, zone, labels, taints: marks, capacity };
}
