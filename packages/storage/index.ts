// The storage port and its adapters.
export type * from "./port.ts";
export { openMemoryStore } from "./memory/memory-store.ts";
export { openSqliteStore } from "./sqlite/sqlite-store.ts";
export type { SqliteOptions } from "./sqlite/protocol.ts";
export type { StorageErrorCode } from "./errors.ts";
