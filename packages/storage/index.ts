// The storage port and its adapters.
export type * from "./port.ts";
export { newestFirst, type AttributeValue, type RunFilter, type RunOrder } from "./filter/filter.ts";
export { orderValue } from "./filter/match.ts";
export { parseRunFilter, parseRunOrder } from "./filter/parse.ts";
export type { FilterProblem } from "./filter/scan.ts";
export { openMemoryStore } from "./memory/memory-store.ts";
export { lockFolder, type FolderLock } from "./sqlite/folder-lock.ts";
export { openSqliteStore } from "./sqlite/sqlite-store.ts";
export type { SqliteOptions } from "./sqlite/protocol.ts";
export type { StorageErrorCode } from "./errors.ts";
