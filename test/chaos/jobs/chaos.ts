// The kill loop for jobs: jobs are submitted, cancelled and waited for all the time, while the server, the node inside it, a node
// that has joined it, the server together with a node, a worker, or the process of a job is killed with SIGKILL at random moments
// (also while the server starts), and started again. Then everything is let come to its end and compared.
import type { ChildProcess } from "node:child_process";
import { mkdirSync, mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { BatonClient } from "@baton/api";
import { seededRandom, type Random } from "@baton/core";
import { openSqliteStore, type Store } from "@baton/storage";
import { freePort } from "../../../packages/job-executors/testing/free-port.ts";
import { Customers } from "./customers.ts";
import { functionName } from "./orders.ts";
import { JoinedNode } from "./joined-node.ts";
import { jobProcesses, kill, launcherOf } from "./processes.ts";
import { end, recordingsOf, startServer, startWorkerProgram, type ServerProgram } from "./programs.ts";
import { verify, type Evidence, type Verdict } from "./verify.ts";

/** How long and how hard. */
export interface JobChaosOptions {
  readonly kills: number;
  readonly seed: number;
  /** Customers at a time. */
  readonly concurrency: number;
  /** Nodes that have joined, beside the one inside the server. */
  readonly nodes: number;
  /** Of the kills of a joined node, how many keep it away until it is lost. */
  readonly awayShare?: number;
  readonly progress?: (line: string) => void;
}

/** What can be killed: `local` is the node inside the server, `node` one that has joined, `both` the server and a node. */
export type Target = "server" | "local" | "node" | "both" | "worker" | "job";

/** What came of it. */
export interface JobChaosReport extends Verdict {
  /** How often each target was hit. */
  readonly kills: { readonly [target in Target]: number };
  /** How often a node stayed away until its lease was over. */
  readonly absences: number;
  /** Ends that were told too late, and refused. */
  readonly refused: number;
  readonly seconds: number;
}

/** How often each is aimed at, of fourteen times. */
const targets: readonly Target[] = (
  [
    ["server", 3],
    ["local", 1],
    ["node", 3],
    ["both", 3],
    ["worker", 1],
    ["job", 3],
  ] as const
).flatMap(([target, times]) => Array.from({ length: times }, () => target));
const defaultAwayShare = 0.1;
const longestLifeMs = 600;
const longestStartMs = 800;
/** Of the kills of a server, how many hit one that is not ready. */
const startShare = 0.25;
const longestEndMs = 300_000;
/** Orders after the last kill: enough that each node gets commands, and comes to their end, however slow it was before. */
const lastOrders = 24;
const longestLastWords = 2_000;
/** How long launchers may take to find out that nobody needs them any more. */
const longestLeaveMs = 300_000;

/** Runs the loop; rejects where a program fails by itself. */
export async function runJobChaos(options: JobChaosOptions): Promise<JobChaosReport> {
  const folder = mkdtempSync(join(tmpdir(), "baton-job-chaos-"));
  const world = new World(options, folder, await freePort());
  const started = performance.now();
  try {
    await world.open();
    await world.killLoop();
    await world.finish();
    const store = await openSqliteStore({ folder: world.data });
    const verdict = await verify(await world.evidence(store));
    await store.close();
    const { kills, absences, refused } = world;
    return { ...verdict, kills, absences, refused, seconds: (performance.now() - started) / 1000 };
  } finally {
    await world.stop();
    rmSync(folder, { recursive: true, force: true, maxRetries: 5 });
  }
}

class World {
  readonly data: string;
  readonly files: string;
  readonly log: string;
  readonly customers: Customers;
  readonly kills: { [target in Target]: number } = { server: 0, local: 0, node: 0, both: 0, worker: 0, job: 0 };
  readonly #nodes: readonly JoinedNode[];
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
    const { nodes, awayShare = defaultAwayShare } = options;
    const parts = { folder, port, random: this.#random, awayShare };
    this.#nodes = Array.from({ length: nodes }, (_, i) => new JoinedNode({ ...parts, name: `joined-${i + 1}` }));
  }

  get absences(): number {
    return this.#nodes.reduce((sum, node) => sum + node.absences, 0);
  }

  get refused(): number {
    return this.#nodes.reduce((sum, { log }) => sum + readFileSync(log, "utf8").split("(report-late)").length - 1, 0);
  }

  /** What is to be seen from outside, once all has ended. */
  async evidence(store: Store): Promise<Evidence> {
    const { customers, files, data, log } = this;
    const left = [...jobProcesses(files), ...(await this.#launchersLeft())];
    const logs = { server: readFileSync(log, "utf8"), nodes: this.#nodes.map((node) => readFileSync(node.log, "utf8")) };
    return { store, files, customers, left, logs, recordings: recordingsOf(data) };
  }

  /** Resolves when the function can be called; customers come then. */
  async open(): Promise<void> {
    await this.#revive();
    this.#worker = startWorkerProgram(this.#port);
    const client = new BatonClient({ url: `http://127.0.0.1:${this.#port}` });
    const isThere = (): Promise<boolean> => client.planJobs({ function: functionName }).then(Boolean, () => false);
    while (!(await isThere())) await sleep(50);
    for (const node of this.#nodes) node.start();
    await this.#allReady();
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

  /** Takes some orders more, waits until all that was accepted has ended, then stops everything in order. */
  async finish(): Promise<void> {
    const server = await this.#revive();
    await Promise.all(this.#nodes.map((node) => node.back()));
    await this.#allReady();
    const enough = this.customers.accepted.length + lastOrders;
    while (this.customers.accepted.length < enough) await sleep(100);
    await this.customers.close(longestEndMs);
    await Promise.all(this.#buying);
    await this.#allReady();
    for (const node of this.#nodes) {
      const code = await node.close();
      if (code !== 0) throw new Error(`${node.name} was told to stop, and ended with ${code}.`);
    }
    await end(server.child, "SIGTERM");
    this.#server = undefined;
  }

  /** Leaves nothing behind, however it went. */
  async stop(): Promise<void> {
    this.customers.giveUp();
    if (this.#server !== undefined) await end(this.#server.child, "SIGKILL");
    if (this.#worker !== undefined) await end(this.#worker, "SIGKILL");
    await Promise.all(this.#buying);
    for (const node of this.#nodes) await node.destroy();
    this.#killLocalNode();
    for (const pid of jobProcesses(this.files)) kill(pid);
  }

  /** Until no node is suspect, or still ends what is not its own. */
  async #allReady(): Promise<void> {
    const { nodes } = new BatonClient({ url: `http://127.0.0.1:${this.#port}` });
    const ready = async (): Promise<number> =>
      (await nodes.list()).filter(({ status, kind }) => kind === "machine" && status === "ready").length;
    const until = performance.now() + longestEndMs;
    while ((await ready()) <= this.#nodes.length) {
      if (performance.now() > until)
        throw new Error(`Nodes are not ready ${longestEndMs} ms after the last kill: ${JSON.stringify(await nodes.list())}`);
      await sleep(100);
    }
  }

  /** The launchers that are still there when nobody needs them any more. */
  async #launchersLeft(): Promise<readonly number[]> {
    const folders = [join(this.data, "node"), ...this.#nodes.map(({ stateFolder }) => stateFolder)];
    const left = (): number[] => folders.flatMap((folder) => launcherOf(folder) ?? []);
    const until = performance.now() + longestLeaveMs;
    while (left().length > 0 && performance.now() < until) await sleep(100);
    return left();
  }

  /** False where there is nothing to be killed just now. */
  async #hit(target: Target): Promise<boolean> {
    if (target === "server" || target === "both") {
      await this.#live();
      if (target === "both" && !(await this.#killSomeNode())) return false;
      await this.#killServer();
      return true;
    }
    await this.#revive();
    await sleep(this.#random() * longestLifeMs);
    switch (target) {
      case "local":
        return this.#killLocalNode();
      case "node":
        return (await this.#someNode()?.hit()) ?? false;
      case "worker":
        return this.#replaceWorker();
      case "job":
        return this.#killJob();
    }
  }

  #someNode(): JoinedNode | undefined {
    return this.#nodes[Math.floor(this.#random() * this.#nodes.length)];
  }

  /** One that has joined, or the one inside the server. */
  async #killSomeNode(): Promise<boolean> {
    const isLocal = this.#random() * (this.#nodes.length + 1) < 1;
    return isLocal ? this.#killLocalNode() : ((await this.#someNode()?.hit()) ?? false);
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
    if (server.child.exitCode !== null)
      throw new Error(`The server ended by itself with code ${server.child.exitCode}. ${this.#lastWords()}`);
    await end(server.child, "SIGKILL");
    this.#server = undefined;
  }

  #lastWords(): string {
    return readFileSync(this.log, "utf8").slice(-longestLastWords);
  }

  #killLocalNode(): boolean {
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
      server.child.once("exit", (code) => reject(new Error(`The server ended with ${code} before it was ready. ${this.#lastWords()}`)));
    });
    gone.catch(() => undefined);
    await Promise.race([server.ready, gone]);
    return server;
  }
}
