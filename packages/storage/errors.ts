// What can go wrong with a store: the disk, the file, the folder. One entry per code, one page per entry.
import { errorFactory, type ErrorTable } from "@baton/core";

const table = {
  "disk-full": {
    summary: "The disk that holds the data folder is full, so nothing more can be stored.",
    next: "Free space on that disk (or raise the size limit of the store). What was accepted is safe, and work goes on by itself.",
    retryable: true,
  },
  "data-folder-in-use": {
    summary: "Another server uses this data folder.",
    next: "Stop the other server, or start this one with another data folder.",
    retryable: false,
  },
  "data-folder-unusable": {
    summary: "The data folder cannot be created or written to.",
    next: "Check that the path is a folder, and that this user may write to it.",
    retryable: false,
  },
  "data-folder-newer": {
    summary: "The data folder was written by a newer version of Baton.",
    next: "Start the newer version, or use another data folder. Nothing was changed.",
    retryable: false,
  },
  "data-corrupted": {
    summary: "The database file is damaged, or is not one of Baton's.",
    next: "Keep a copy of the data folder, then restore a backup into a new one.",
    retryable: false,
  },
  "store-failed": {
    summary: "The store could not read or write.",
    next: "Look at the cause: the disk may have failed or be gone. The same request may be sent again.",
    retryable: true,
  },
  "store-closed": {
    summary: "The store is closed.",
    next: "Send the request again when the server is up.",
    retryable: true,
  },
} as const satisfies ErrorTable<string>;

/** The error codes of the stores. */
export type StorageErrorCode = keyof typeof table;

/** A BatonError with one of the stores' codes. */
export const storageError = errorFactory<StorageErrorCode>(table);

/** True for a code that this package declares. */
export function isStorageErrorCode(code: string): code is StorageErrorCode {
  return Object.hasOwn(table, code);
}
