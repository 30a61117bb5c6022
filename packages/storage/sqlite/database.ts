// The database in the worker thread: opens it, and answers the port's verbs without promises. Only one process
// has it open for writing (folder-lock.ts), so what this thread remembers of it stays true.
import { closeSync, mkdirSync, openSync, statSync } from "node:fs";
import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import type { Json } from "@baton/core";
import { storageError } from "../errors.ts";
import type { JobStore } from "../job-port.ts";
import type { LockStore } from "../lock-port.ts";
import type { AuditStore } from "../audit-port.ts";
import type { OperationStore } from "../operation-port.ts";
import { AttributeTable } from "./attribute-table.ts";
import { DefinitionTable } from "./definition-table.ts";
import type { EventStore } from "../event-port.ts";
import { EventTable } from "./event-table.ts";
import { isFileSystemError, toStorageError } from "./failure.ts";
import { lockFolder, type FolderLock } from "./folder-lock.ts";
import { auditVerbs } from "./audit-table.ts";
import { JobTable } from "./job-table.ts";
import { migrate, readMigrations, refuseForeign, schemaVersion } from "./migrations.ts";
import { ObjectTable } from "./object-table.ts";
import { FunctionTable } from "./function-table.ts";
import { lockVerbs } from "./lock-table.ts";
import { operationVerbs } from "./operation-table.ts";
import { SecretTable } from "./secret-table.ts";
import type { SqliteOptions, SyncStore } from "./protocol.ts";
import { RunReader } from "./run-reader.ts";
import { RunRemover } from "./run-remover.ts";
import { RunWriter } from "./run-writer.ts";
import { WebhookTable } from "./webhook-table.ts";
import { ScheduleTable } from "./schedule-table.ts";

/** The database in its folder. */
const databaseName = "baton.db";

/** The write-ahead log goes into the database when it has this many pages (80 MB). */
const checkpointPages = 20_000;
/** The log file is cut back to this size after a checkpoint. */
const keptLogBytes = 128 * 1024 * 1024;
const cacheKibibytes = 64 * 1024;

/** Opens the data folder: locks it, brings the schema up to date, and answers the verbs of the port. */
export function openDatabase(options: SqliteOptions): SyncStore {
  const file = join(options.folder, databaseName);
  makeFolder(options.folder);
  const lock = lockFolder(options.folder);
  let database: DatabaseSync | undefined;
  try {
    database = openFile(file, options);
    return verbs(database, file, lock);
  } catch (error) {
    database?.close();
    lock.release();
    throw toStorageError(error, file);
  }
}

function makeFolder(folder: string): void {
  try {
    mkdirSync(folder, { recursive: true, mode: 0o700 });
    // Payloads, environments and what jobs have written are nobody else's; what SQLite keeps beside the file is as private as that is.
    closeSync(openSync(join(folder, databaseName), "a", 0o600));
  } catch (error) {
    if (isFileSystemError(error, "ENOSPC")) throw storageError("disk-full", { where: folder, cause: error });
    throw storageError("data-folder-unusable", { where: folder, cause: error });
  }
}

function openFile(file: string, { maxSizeBytes }: SqliteOptions): DatabaseSync {
  const database = new DatabaseSync(file);
  try {
    const migrations = readMigrations();
    // Before anything is written, the journal mode included.
    refuseForeign(database, migrations.length, file);
    database.exec(
      `PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL; PRAGMA wal_autocheckpoint = ${checkpointPages};
       PRAGMA journal_size_limit = ${keptLogBytes}; PRAGMA cache_size = -${cacheKibibytes}`,
    );
    if (maxSizeBytes !== undefined) limitSize(database, maxSizeBytes);
    migrate(database, migrations);
    return database;
  } catch (error) {
    database.close();
    throw error;
  }
}

function limitSize(database: DatabaseSync, maxSizeBytes: number): void {
  const pageBytes = Number(database.prepare("PRAGMA page_size").get()?.["page_size"]);
  database.exec(`PRAGMA max_page_count = ${Math.floor(maxSizeBytes / pageBytes)}`);
}

/** What no commit of a run touches. */
function verbsByThemselves(
  database: DatabaseSync,
  jobs: JobTable,
): Pick<SyncStore, keyof OperationStore | keyof LockStore | keyof AuditStore> & JobVerbs {
  return { ...operationVerbs(database), ...lockVerbs(database), ...auditVerbs(database), ...jobVerbs(database, jobs) };
}

type JobVerbs = Pick<SyncStore, keyof JobStore>;

function jobVerbs(database: DatabaseSync, jobs: JobTable): JobVerbs {
  const objects = new ObjectTable(database);
  return {
    commitJobs: (...packed) => jobs.commit(...packed),
    readJob: (tenant, id) => jobs.read(tenant, id),
    readJobs: (tenant, ids) => jobs.readAll(tenant, ids),
    listJobs: (query) => jobs.list(query),
    activeJobs: (after, limit) => jobs.active(after, limit),
    readOutput: (tenant, id, attempt, from, limit) => jobs.output(tenant, id, attempt, from, limit),
    forgetJobs: (which) => jobs.forget(which),
    putObject: (object) => objects.put(object),
    deleteObject: (tenant, kind, name) => objects.delete(tenant, kind, name),
    listObjects: (tenant, kind) => objects.list(tenant, kind),
  };
}

function eventVerbs(events: EventTable): Pick<SyncStore, keyof EventStore> {
  return {
    acceptEvents: (batch, published, sinks) => events.accept(batch, published, sinks),
    readSubscriptions: (tenant, consumer) => events.subscriptions(tenant, consumer),
    givenEvents: (tenant, consumer, limit) => events.given(tenant, consumer, limit),
    eventConsumers: (after, limit) => events.consumers(after, limit),
    eventPaths: () => events.paths(),
    listEvents: (query) => events.list(query),
    getEvent: (tenant, event) => events.get(tenant, event),
    forgetEvents: (before, limit) => events.forget(before, limit),
    publishedEvents: (after, limit) => events.published(after, limit),
    sinkEvents: (sink, limit) => events.sinkEvents(sink, limit),
    forgetSinkEvents: (sink, positions) => events.forgetSinkEvents(sink, positions),
  };
}

function verbs(database: DatabaseSync, file: string, lock: FolderLock): SyncStore {
  const webhooks = new WebhookTable(database);
  const jobs = new JobTable(database, webhooks);
  const attributes = new AttributeTable(database);
  const events = new EventTable(database);
  const schedules = new ScheduleTable(database, events);
  const writer = new RunWriter(database, { webhooks, schedules, attributes, events });
  const remover = new RunRemover(database);
  const secrets = new SecretTable(database);
  const functions = new FunctionTable(database);
  const reader = new RunReader(database);
  const definitions = new DefinitionTable(database, schedules, events);
  return {
    commit: (batch) => writer.commit(batch),
    readRun: (tenant, id) => reader.readRun(tenant, id),
    readHistory: (tenant, id) => reader.readHistory(tenant, id),
    listRuns: (query) => reader.listRuns(query),
    countRuns: (query) => reader.countRuns(query),
    readAttributes: (tenant, id) => attributes.read(tenant, id),
    expiredRuns: (until, after, limit) => remover.expired(until, after, limit),
    deleteRuns: (tenant, ids) => {
      writer.forget(tenant, ids);
      return remover.remove(tenant, ids);
    },
    activeRuns: (after, limit) => reader.activeRuns(after, limit),
    dueTimers: (until, limit) => reader.dueTimers(until, limit),
    readTimers: (tenant, id) => reader.readTimers(tenant, id),
    nextTimerAt: () => reader.nextTimerAt(),
    findIdempotency: (tenant, key) => reader.findIdempotency(tenant, key),
    putDefinition: (definition, schedule, changes) => definitions.put(definition, schedule, changes),
    getDefinition: (tenant, namespace, name, version) => definitions.get(tenant, namespace, name, version),
    listDefinitions: (tenant, filter) => definitions.list(tenant, filter),
    putWebhook: (webhook) => webhooks.putWebhook(webhook),
    deleteWebhook: (tenant, name) => webhooks.deleteWebhook(tenant, name),
    listWebhooks: () => webhooks.listWebhooks(),
    dueDeliveries: (tenant, webhook, until, limit) => webhooks.dueDeliveries(tenant, webhook, until, limit),
    nextDeliveryAt: (tenant, webhook) => webhooks.nextDeliveryAt(tenant, webhook),
    recordDeliveries: (results) => webhooks.recordDeliveries(results),
    listDeliveries: (query) => webhooks.listDeliveries(query),
    getDelivery: (tenant, webhook, id) => webhooks.getDelivery(tenant, webhook, id),
    forgetDeliveries: (endedBefore, limit) => webhooks.forgetDeliveries(endedBefore, limit),
    ...eventVerbs(events),
    putSchedule: (schedule, changes) => schedules.put(schedule, changes),
    getSchedule: (tenant, namespace, name) => schedules.get(tenant, namespace, name),
    listSchedules: (tenant, filter) => schedules.list(tenant, filter),
    dueSchedules: (until, limit) => schedules.due(until, limit),
    awaitingSchedules: () => schedules.awaiting(),
    putSecret: (secret) => secrets.put(secret),
    deleteSecret: (tenant, namespace, name) => secrets.delete(tenant, namespace, name),
    listSecrets: () => secrets.list(),
    putFunction: (stored) => functions.put(stored),
    getFunction: (key) => functions.get(key),
    listFunctions: (tenant, namespace) => functions.list(tenant, namespace),
    deleteFunction: (key) => functions.delete(key),
    ...verbsByThemselves(database, jobs),
    describe: () => describe(database, file),
    close: () => {
      jobs.close();
      database.close();
      lock.release();
    },
  };
}

function describe(database: DatabaseSync, file: string): { readonly [key: string]: Json } {
  return {
    engine: "sqlite",
    version: String(database.prepare("SELECT sqlite_version() AS version").get()?.["version"]),
    file,
    // 2 is FULL: a commit waits until the disk confirms it.
    synchronous: Number(database.prepare("PRAGMA synchronous").get()?.["synchronous"]),
    journal: String(database.prepare("PRAGMA journal_mode").get()?.["journal_mode"]),
    schema: schemaVersion(database),
    databaseBytes: fileBytes(file),
    logBytes: fileBytes(`${file}-wal`),
  };
}

function fileBytes(path: string): number {
  return statSync(path, { throwIfNoEntry: false })?.size ?? 0;
}
