// Queues as they go over the wire.
import type { JsonObject } from "@baton/core";

/** A queue with what is in it, all below it included. */
export interface Queue {
  readonly name: string;
  /** The queue at the top above it. */
  readonly tenant: string;
  readonly parent: string | null;
  readonly weight: number;
  /** What it can always have. */
  readonly guarantee: { readonly [resource: string]: number };
  /** What it can never exceed. */
  readonly limit: { readonly [resource: string]: number };
  readonly maxRunning: number | null;
  /** Its order, where it differs from the policy's. */
  readonly order: JsonObject | null;
  /** Jobs wait only in queues without queues below them. */
  readonly takesJobs: boolean;
  readonly waiting: number;
  readonly pending: number;
  readonly running: number;
  readonly suspended: number;
  readonly used: { readonly [resource: string]: number };
}

/** What became of an object. */
export interface AppliedObject {
  readonly kind: "tenant" | "queue" | "resource" | "policy" | "deployment" | "autoscaler";
  readonly name: string;
  readonly result: "created" | "changed" | "unchanged";
}
