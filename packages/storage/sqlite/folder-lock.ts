// One server per data folder. The lock is SQLite's own lock on a small file beside the database: the kernel
// releases it when the process ends, however it ends, so a stale lock cannot exist. Who holds it is written into
// a second file, for the message alone.
import { readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import { parseJson, isObject } from "@baton/core";
import { storageError } from "../errors.ts";
import { isBusy, toStorageError } from "./failure.ts";

/** A lock that is held until it is released or the process ends. */
export interface FolderLock {
  release(): void;
}

/** Takes the lock, or throws data-folder-in-use with the owner's process id. */
export function lockFolder(folder: string): FolderLock {
  const path = join(folder, "lock.db");
  const lock = openLockFile(path);
  try {
    lock.exec("BEGIN EXCLUSIVE");
  } catch (error) {
    lock.close();
    throw isBusy(error) ? inUse(folder) : toStorageError(error, path);
  }
  const ownerFile = join(folder, "owner.json");
  writeOwner(ownerFile);
  return {
    release: () => {
      rmSync(ownerFile, { force: true });
      lock.close();
    },
  };
}

function openLockFile(path: string): DatabaseSync {
  try {
    return new DatabaseSync(path, { timeout: 0 });
  } catch (error) {
    throw toStorageError(error, path);
  }
}

/** A full disk must not keep a server from starting, so a file that cannot be written is no reason to stop. */
function writeOwner(ownerFile: string): void {
  try {
    writeFileSync(ownerFile, `${JSON.stringify({ pid: process.pid, since: new Date().toISOString() })}\n`);
  } catch {
    rmSync(ownerFile, { force: true });
  }
}

function inUse(folder: string): Error {
  const owner = readOwner(join(folder, "owner.json"));
  const who = owner ? `the server with process id ${owner.pid} (since ${owner.since})` : "another server";
  return storageError("data-folder-in-use", { message: `The data folder is in use by ${who}.`, where: folder });
}

function readOwner(ownerFile: string): { pid: number; since: string } | undefined {
  try {
    const parsed = parseJson(readFileSync(ownerFile, "utf8"));
    if (!parsed.ok || !isObject(parsed.value)) return undefined;
    const { pid, since } = parsed.value;
    return typeof pid === "number" && typeof since === "string" ? { pid, since } : undefined;
  } catch {
    return undefined;
  }
}
