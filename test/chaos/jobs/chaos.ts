// The kill loop for jobs: jobs are submitted, cancelled and waited for all the time, while the server, its node, both, a
// worker, or the process of a job is killed with SIGKILL at random moments (also while the server starts), and started
// again. Then everything is let come to its end and compared.
import type { ChildProcess } from "node:child_process";
import { mkdirSync, mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { BatonClient } from "@baton/api";
import { seededRandom, type Random } from "@baton/core";
import { openSqliteStore } from "@baton/storage";
import { Customers } from "./customers.ts";
import { functionName } from "./orders.ts";
import { jobProcesses, kill, launcherOf } from "./processes.ts";
import { end, freePort, recordingsOf, startServer, startWorkerProgram, type ServerProgram } from "./programs.ts";
import { verify, type Verdict } from "./verify.ts";

/** How long and how hard. */
export interface JobChaosOptions {
  readonly kills: number;
  readonly seed: number;
  /** Customers at a time. */
  readonly concurrency: number;
  readonly progress?: (line: string) => void;
}

/** What can be killed. */
export type Target = "server" | "node" | "both" | "worker" | "job";

/** What came of it. */
export interface JobChaosReport extends Verdict {
  /** How often each target was hit. */
  readonly kills: { readonly [target in Target]: number };
  readonly seconds: number;
}

/** How often each is aimed at, of ten times. */
const targets: readonly Target[] = ["server", "server", "server", "node", "node", "both", "worker", "job", "job", "job"];
const longestLifeMs = 600;
const longestStartMs = 800;
/** Of the kills of a server, how many hit one that is not ready. */
const startShare = 0.25;
const longestEndMs = 120_000;

/** Runs the loop; rejects where a program fails by itself. */
export async function runJobChaos(options: JobChaosOptions): Promise<JobChaosReport> {
  const folder = mkdtempSync(join(tmpdir(), "baton-job-chaos-"));
  const world = new World(options, folder, await freePort());
  const started = performance.now();
  try {
    await world.open();
    await world.killLoop();
    await world.finish();
    const { customers, files, data, kills, log } = world;
    const store = await openSqliteStore({ folder: data });
    const verdict = await verify({
      store,
      files,
      customers,
      left: jobProcesses(files),
      log: readFileSync(log, "utf8"),
      recordings: recordingsOf(data),
    });
    await store.close();
    return { ...verdict, kills, seconds: (performance.now() - started) / 1000 };
  } finally {
    await world.stop();
    rmSync(folder, { recursive: true, force: true });
  }
}

class World {
  readonly data: string;
  readonly files: string;
  readonly log: string;
  readonly customers: Customers;
  readonly kills: { [target in Target]: number } = { server: 0, node: 0, both: 0, worker: 0, job: 0 };
  readonly #options: JobChaosOptions;
  readonly #port: number;
  readonly #random: Random;
  readonly #buying: Promise<void>[] = [];
  #server: ServerProgram | undefined;
  #worker: ChildProcess | undefined;

  constructor(options: JobChaosOptions, folder: string, port: number) {
    this.#options = options;
    this.#port = port;
    this.data = join(folder, "data");
    this.files = join(folder, "files");
    this.log = join(folder, "log");
    mkdirSync(this.files);
    this.customers = new Customers(`http://127.0.0.1:${port}`, this.files);
    this.#random = seededRandom(options.seed);
  }

  /** Resolves when the function can be called; customers come then. */
  async open(): Promise<void> {
    await this.#revive();
    this.#worker = startWorkerProgram(this.#port);
    const client = new BatonClient({ url: `http://127.0.0.1:${this.#port}` });
    const isThere = (): Promise<boolean> => client.planJobs({ function: functionName }).then(Boolean, () => false);
    while (!(await isThere())) await sleep(50);
    for (let i = 0; i < this.#options.concurrency; i++) this.#buying.push(this.customers.buy(() => 20 + this.#random() * 150));
  }

  async killLoop(): Promise<void> {
    for (let done = 0; done < this.#options.kills;) {
      const target = targets[Math.floor(this.#random() * targets.length)] as Target;
      if (!(await this.#hit(target))) continue;
      this.kills[target]++;
      if (++done % 10 === 0) this.#options.progress?.(`${done} kills, ${this.customers.accepted.length} submissions accepted`);
    }
  }

  /** Waits until all that was accepted has ended, then stops everything in order. */
  async finish(): Promise<void> {
    const server = await this.#revive();
    await this.customers.close(longestEndMs);
    await Promise.all(this.#buying);
    await end(server.child, "SIGTERM");
    this.#server = undefined;
  }

  /** Leaves nothing behind, however it went. */
  async stop(): Promise<void> {
    this.customers.giveUp();
    if (this.#server !== undefined) await end(this.#server.child, "SIGKILL");
    if (this.#worker !== undefined) await end(this.#worker, "SIGKILL");
    await Promise.all(this.#buying);
    this.#killNode();
    for (const pid of jobProcesses(this.files)) kill(pid);
  }

  /** False where there is nothing to be killed just now. */
  async #hit(target: Target): Promise<boolean> {
    if (target === "server" || target === "both") {
      await this.#live();
      if (target === "both") this.#killNode();
      await this.#killServer();
      return true;
    }
    await this.#revive();
    await sleep(this.#random() * longestLifeMs);
    return target === "worker" ? this.#replaceWorker() : target === "node" ? this.#killNode() : this.#killJob();
  }

  /** Until the moment at which the server is killed. */
  async #live(): Promise<void> {
    if (this.#random() < startShare) {
      this.#start();
      await sleep(this.#random() * longestStartMs);
    } else {
      await this.#revive();
      await sleep(this.#random() * longestLifeMs);
    }
  }

  async #killServer(): Promise<void> {
    const server = this.#server;
    if (server === undefined) return;
    if (server.child.exitCode !== null) throw new Error(`The server ended by itself with code ${server.child.exitCode}.`);
    await end(server.child, "SIGKILL");
    this.#server = undefined;
  }

  #killNode(): boolean {
    const launcher = launcherOf(join(this.data, "node"));
    return launcher !== undefined && kill(launcher);
  }

  #killJob(): boolean {
    const running = jobProcesses(this.files);
    const pid = running[Math.floor(this.#random() * running.length)];
    return pid !== undefined && kill(pid);
  }

  async #replaceWorker(): Promise<boolean> {
    if (this.#worker !== undefined) await end(this.#worker, "SIGKILL");
    this.#worker = startWorkerProgram(this.#port);
    return true;
  }

  #start(): ServerProgram {
    return (this.#server ??= startServer(this.data, this.#port, this.log));
  }

  async #revive(): Promise<ServerProgram> {
    const server = this.#start();
    const gone = new Promise<never>((_, reject) => {
      server.child.once("exit", (code) => reject(new Error(`The server ended with ${code} before it was ready.`)));
    });
    gone.catch(() => undefined);
    await Promise.race([server.ready, gone]);
    return server;
  }
}
