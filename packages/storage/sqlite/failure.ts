// SQLite's result codes as errors of ours (https://www.sqlite.org/rescode.html).
import { BatonError } from "@baton/core";
import { storageError, type StorageErrorCode } from "../errors.ts";

/** The low byte of an extended result code is its primary one. */
const primaryMask = 0xff;

const codes: { readonly [primary: number]: StorageErrorCode } = {
  8: "data-folder-unusable", // READONLY
  11: "data-corrupted", // CORRUPT
  13: "disk-full", // FULL
  14: "data-folder-unusable", // CANTOPEN
  26: "data-corrupted", // NOTADB
};

/** SQLITE_BUSY: another connection holds the lock. */
const busy = 5;

/** The primary result code of an error that SQLite raised, else undefined. */
function resultCode(error: unknown): number | undefined {
  return error instanceof Error && "errcode" in error && typeof error.errcode === "number" ? error.errcode & primaryMask : undefined;
}

/** True where another connection holds the lock. */
export function isBusy(error: unknown): boolean {
  return resultCode(error) === busy;
}

/** Any error that came out of the database, as a BatonError that says where. */
export function toStorageError(error: unknown, where: string): BatonError {
  if (error instanceof BatonError) return error;
  if (isFileSystemError(error, "ENOSPC")) return storageError("disk-full", { where, cause: error });
  const code = codes[resultCode(error) ?? 0] ?? "store-failed";
  return storageError(code, { where, cause: error });
}

/** True for a file system error of that code. */
export function isFileSystemError(error: unknown, code: string): boolean {
  return error instanceof Error && "code" in error && error.code === code;
}
