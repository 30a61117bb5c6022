// The SQLite store as the rest of Baton sees it: a thread of its own does the work, so that a flush to the disk
// never stops the event loop. Requests are answered in the order of asking, so a queue pairs them up.
import { Worker } from "node:worker_threads";
import { Fifo } from "@baton/core";
import { storageError } from "../errors.ts";
import type { AuditStore, JobStore, LockStore, OperationStore, Store } from "../port.ts";
import { packJobs } from "./job-packing.ts";
import { fromWire, type Response, type SqliteOptions, type SyncStore, type Verb } from "./protocol.ts";

interface Waiting {
  readonly resolve: (value: unknown) => void;
  readonly reject: (error: Error) => void;
}

/** Opens the data folder, creating what is missing; rejects with one of the codes of storage/errors.ts. */
export async function openSqliteStore(options: SqliteOptions): Promise<Store> {
  const connection = new Connection(options);
  await connection.opened;
  const verb =
    <V extends Verb>(name: V) =>
    (...args: Parameters<SyncStore[V]>): ReturnType<Store[V]> =>
      connection.ask(name, args);
  return {
    commit: verb("commit"),
    readRun: verb("readRun"),
    readHistory: verb("readHistory"),
    listRuns: verb("listRuns"),
    countRuns: verb("countRuns"),
    readAttributes: verb("readAttributes"),
    readTimers: verb("readTimers"),
    expiredRuns: verb("expiredRuns"),
    deleteRuns: verb("deleteRuns"),
    activeRuns: verb("activeRuns"),
    dueTimers: verb("dueTimers"),
    nextTimerAt: verb("nextTimerAt"),
    findIdempotency: verb("findIdempotency"),
    putDefinition: verb("putDefinition"),
    getDefinition: verb("getDefinition"),
    listDefinitions: verb("listDefinitions"),
    putWebhook: verb("putWebhook"),
    deleteWebhook: verb("deleteWebhook"),
    listWebhooks: verb("listWebhooks"),
    dueDeliveries: verb("dueDeliveries"),
    nextDeliveryAt: verb("nextDeliveryAt"),
    recordDeliveries: verb("recordDeliveries"),
    listDeliveries: verb("listDeliveries"),
    getDelivery: verb("getDelivery"),
    forgetDeliveries: verb("forgetDeliveries"),
    acceptEvents: verb("acceptEvents"),
    readSubscriptions: verb("readSubscriptions"),
    givenEvents: verb("givenEvents"),
    eventConsumers: verb("eventConsumers"),
    eventPaths: verb("eventPaths"),
    listEvents: verb("listEvents"),
    getEvent: verb("getEvent"),
    forgetEvents: verb("forgetEvents"),
    publishedEvents: verb("publishedEvents"),
    sinkEvents: verb("sinkEvents"),
    forgetSinkEvents: verb("forgetSinkEvents"),
    putSchedule: verb("putSchedule"),
    getSchedule: verb("getSchedule"),
    listSchedules: verb("listSchedules"),
    dueSchedules: verb("dueSchedules"),
    awaitingSchedules: verb("awaitingSchedules"),
    putSecret: verb("putSecret"),
    deleteSecret: verb("deleteSecret"),
    listSecrets: verb("listSecrets"),
    putFunction: verb("putFunction"),
    getFunction: verb("getFunction"),
    listFunctions: verb("listFunctions"),
    deleteFunction: verb("deleteFunction"),
    ...operationVerbs(verb),
    ...jobVerbs(verb),
    commitJobs: (batch) => connection.ask("commitJobs", packJobs(batch)),
    describe: verb("describe"),
    close: () => connection.close(),
  };
}

type JobVerb = Exclude<keyof JobStore, "commitJobs">;

/** What is asked of jobs. */
function jobVerbs(verb: Ask): Pick<JobStore, JobVerb> {
  return {
    readJob: verb("readJob"),
    readJobs: verb("readJobs"),
    listJobs: verb("listJobs"),
    activeJobs: verb("activeJobs"),
    forgetJobs: verb("forgetJobs"),
    readOutput: verb("readOutput"),
    putObject: verb("putObject"),
    deleteObject: verb("deleteObject"),
    listObjects: verb("listObjects"),
  };
}

type OperationVerb = keyof OperationStore | keyof LockStore | keyof AuditStore;
type Ask = <V extends OperationVerb | JobVerb>(name: V) => (...args: Parameters<SyncStore[V]>) => ReturnType<Store[V]>;

function operationVerbs(verb: Ask): OperationStore & LockStore & AuditStore {
  return {
    putOperation: verb("putOperation"),
    getOperation: verb("getOperation"),
    readAudit: verb("readAudit"),
    forgetAudit: verb("forgetAudit"),
    listOperations: verb("listOperations"),
    activeOperations: verb("activeOperations"),
    forgetOperations: verb("forgetOperations"),
    commitLocks: verb("commitLocks"),
    loadLocks: verb("loadLocks"),
  };
}

const nothingToTransfer: readonly never[] = [];

class Connection {
  /** Settles when the database is open, or cannot be. */
  readonly opened: Promise<unknown>;
  readonly #worker: Worker;
  readonly #ended: Promise<void>;
  /** In the order of asking. */
  readonly #waiting = new Fifo<Waiting>();
  #closed = false;

  constructor(options: SqliteOptions) {
    this.#worker = new Worker(new URL("./worker.ts", import.meta.url), {
      workerData: options,
      resourceLimits: { maxYoungGenerationSizeMb: 8 },
    });
    this.opened = this.#wait();
    this.#worker.on("message", (response: Response) => this.#settle(response));
    this.#worker.on("error", (error: Error) => this.#fail(storageError("store-failed", { where: options.folder, cause: error })));
    this.#ended = new Promise((resolve) => {
      this.#worker.on("exit", () => {
        this.#fail(storageError("store-closed", { where: options.folder }));
        resolve();
      });
    });
  }

  ask<V extends Verb>(verb: V, args: Parameters<SyncStore[V]>): ReturnType<Store[V]> {
    if (this.#closed) return Promise.reject(storageError("store-closed")) as ReturnType<Store[V]>;
    const answer = this.#wait();
    this.#worker.postMessage({ verb, args }, nothingToTransfer);
    return answer as ReturnType<Store[V]>;
  }

  async close(): Promise<void> {
    if (!this.#closed) {
      const closing = this.ask("close", []);
      this.#closed = true;
      await closing;
    }
    await this.#ended;
  }

  #wait(): Promise<unknown> {
    return new Promise((resolve, reject) => {
      this.#waiting.push({ resolve, reject });
    });
  }

  #settle(response: Response): void {
    const first = this.#waiting.take();
    if (response.ok) first?.resolve(response.value);
    else first?.reject(fromWire(response.error));
  }

  #fail(error: Error): void {
    this.#closed = true;
    for (const waiting of this.#waiting.takeAll()) waiting.reject(error);
  }
}
