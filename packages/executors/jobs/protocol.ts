// What a server and a node say to each other. Both directions are lists, so that one message carries all that came up
// in a turn. Orders and reports name the attempt that they are about; what is about another one is ignored or refused.
import type { Instant, JsonObject, Millis } from "@baton/core";
import type { AttemptRef } from "./attempt-ref.ts";
import type { AttemptCheck } from "./checks.ts";
import type { JobEnd, JobTask } from "./port.ts";

export type { AttemptRef } from "./attempt-ref.ts";

/** What a server tells a node to do. */
export type Order =
  | { readonly type: "start"; readonly task: JobTask }
  | (AttemptRef & { readonly type: "stop"; readonly how: "gently" | "at-once" })
  | (AttemptRef & { readonly type: "suspend" | "resume" })
  /** Is it well? Answered once by `checked`, or not at all: whoever asks waits no longer than it may take. */
  | (AttemptRef & { readonly type: "check"; readonly ask: number; readonly check: AttemptCheck; readonly timeoutMs: Millis })
  /** Its end is stored, or refused as `report-late`: the node may forget it. */
  | (AttemptRef & { readonly type: "settled"; readonly refused?: "report-late" });

/** What a node tells of an attempt. */
export type Report =
  | (AttemptRef & { readonly type: "started"; readonly at: Instant })
  | (AttemptRef & {
      readonly type: "output";
      readonly stream: "stdout" | "stderr";
      readonly offset: number;
      readonly text: string;
      readonly at: Instant;
    })
  | (AttemptRef & { readonly type: "suspended" })
  /** What is wrong with it; null: it is well. */
  | (AttemptRef & { readonly type: "checked"; readonly ask: number; readonly problem: string | null })
  /** Sent again after each new connection, until it is settled. */
  | (AttemptRef & { readonly type: "ended"; readonly end: JobEnd; readonly startedAt: Instant; readonly endedAt: Instant });

/** What a node says of itself when it comes. */
export interface NodeHello {
  readonly id: string;
  readonly capacity: { readonly [resource: string]: number };
  /** What it would have for jobs, were nobody else there; absent: its capacity. */
  readonly total?: { readonly [resource: string]: number };
  readonly labels?: { readonly [key: string]: string };
  /** Keep jobs away that do not tolerate them, or ask them to stay away. */
  readonly taints?: readonly { readonly key: string; readonly value?: string; readonly effect: "no-schedule" | "prefer-not" }[];
  readonly pool?: string;
  readonly zone?: string;
  /** What it still holds of a former connection: under way, or ended and not settled. */
  readonly holds: readonly AttemptRef[];
  /** A secret that it has made for itself: who has it is this node. Absent: nobody need tell it from another of its name. */
  readonly key?: string;
  /** What its clock says. */
  readonly clock?: Instant;
  /** It wants no more jobs, and comes only to finish those that it has. */
  readonly leaving?: boolean;
}

/** What a server answers to a node that comes. */
export interface NodeWelcome {
  /** Without a heartbeat for so long, the node's allocations end. */
  readonly leaseMs: Millis;
  /** How often it is to be heard of. */
  readonly heartbeatMs: Millis;
}

/** The share of the last ten seconds in which something had to wait for a resource, in percent. */
export interface NodePressure {
  readonly cpu: number;
  readonly memory: number;
  readonly io: number;
}

/** How much a node has in use, by whatever runs there. */
export interface NodeLoad {
  readonly cpuMillis: number;
  readonly memoryBytes: number;
  /** Attempts under way. */
  readonly running: number;
  /** What is left of the memory and disk that it offers. */
  readonly memoryFreeBytes?: number;
  readonly diskFreeBytes?: number;
  readonly pressure?: NodePressure;
}

/** What a function takes and answers. */
export interface FunctionContract {
  readonly name: string;
  readonly version: string;
  /** JSON Schemas; absent: anything. */
  readonly input?: JsonObject | boolean;
  readonly output?: JsonObject | boolean;
}
