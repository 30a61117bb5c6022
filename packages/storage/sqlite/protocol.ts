// What the store and its worker thread say to each other. The port's own values cross as they are: structured
// clone of a commit costs half a microsecond more than the tightest packing that was measured.
import { BatonError } from "@baton/core";
import { isStorageErrorCode, storageError, type StorageErrorCode } from "../errors.ts";
import type { Store } from "../port.ts";
import type { PackedJobs } from "./job-packing.ts";

/** How to open a database; crosses to the worker when it starts. */
export interface SqliteOptions {
  /** The data folder; created where it is missing. */
  readonly folder: string;
  /** No more than this is stored: the disk counts as full when the file reaches it. Absent: as much as the disk takes. */
  readonly maxSizeBytes?: number;
}

/** The port's verbs as the worker has them: the same, without promises. */
export type SyncStore = {
  [V in Exclude<Verb, "commitJobs">]: (...args: Parameters<Store[V]>) => Awaited<ReturnType<Store[V]>>;
} & {
  /** Packed: see job-packing.ts. */
  commitJobs: (...packed: PackedJobs) => void;
};

/** The name of one verb of the port. */
export type Verb = keyof Store;

/** Asks the worker for one verb; answered in the order of asking. */
export interface Request<V extends Verb = Verb> {
  readonly verb: V;
  readonly args: Parameters<SyncStore[V]>;
}

/** A BatonError as it crosses threads. */
export interface WireError {
  readonly code: StorageErrorCode;
  readonly message: string;
  readonly where?: string;
  readonly cause?: string;
}

/** The answer to the request that has waited longest; the first one says that the database is open. */
export type Response = { readonly ok: true; readonly value: unknown } | { readonly ok: false; readonly error: WireError };

/** Packs an error for the way to the other thread. */
export function toWire(error: unknown): WireError {
  if (!(error instanceof BatonError) || !isStorageErrorCode(error.code)) return { code: "store-failed", message: String(error) };
  const wire = { code: error.code, message: error.message };
  return { ...wire, ...(error.where === undefined ? {} : { where: error.where }), ...causeOf(error) };
}

function causeOf(error: BatonError): { cause?: string } {
  return error.cause instanceof Error ? { cause: error.cause.message } : {};
}

/** Unpacks it again. */
export function fromWire({ code, message, where, cause }: WireError): BatonError {
  return storageError(code, {
    message,
    ...(where === undefined ? {} : { where }),
    ...(cause === undefined ? {} : { cause: new Error(cause) }),
  });
}
