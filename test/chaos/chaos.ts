// The kill loop: orders are placed all the time, the process that drives them is killed with SIGKILL at random
// moments (also while it starts, and while it takes up what was under way) and started again, then everything is
// let come to its end and compared.
import { spawn, type ChildProcess } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { setTimeout as sleep } from "node:timers/promises";
import { fileURLToPath } from "node:url";
import { seededRandom, type Random } from "@baton/core";
import { openSqliteStore } from "@baton/storage";
import type { JournalEntry } from "./service.ts";
import { verify, type Verdict } from "./verify.ts";
import { tenant } from "./victim.ts";

/** How long and how hard. */
export interface ChaosOptions {
  readonly kills: number;
  readonly seed: number;
  /** Orders that are placed or under way at a time. */
  readonly concurrency: number;
  readonly progress?: (line: string) => void;
}

/** What came of it. */
export interface ChaosReport extends Verdict {
  readonly kills: number;
  readonly orders: number;
  readonly seconds: number;
}

const longestLifeMs = 400;
/** Of the time that a start takes, so that a fifth of the kills or so hit a process that is not ready yet. */
const startShare = 0.2;
const longestStartMs = 500;
const longestEndMs = 300_000;
const pollMs = 50;

interface Program {
  readonly child: ChildProcess;
  /** The first line that it prints: its address. */
  readonly address: Promise<string>;
}

/** Runs the loop; rejects where a process fails by itself. */
export async function runChaos(options: ChaosOptions): Promise<ChaosReport> {
  const folder = mkdtempSync(join(tmpdir(), "baton-chaos-"));
  const journalFile = join(folder, "journal");
  const service = start("service.ts", [journalFile]);
  const world = new World(options, join(folder, "data"), await service.address);
  const started = performance.now();
  try {
    await world.killLoop();
    await world.finish();
    const store = await openSqliteStore({ folder: world.data });
    const journal = readJournal(journalFile);
    const verdict = await verify({ store, service: world.service, accepted: world.accepted, journal, lives: world.lives });
    await store.close();
    return { ...verdict, kills: world.kills, orders: world.accepted.size, seconds: (performance.now() - started) / 1000 };
  } finally {
    world.stop();
    service.child.stdin?.end();
    await once(service.child, "exit");
    rmSync(folder, { recursive: true, force: true, maxRetries: 5 });
  }
}

class World {
  readonly accepted = new Map<number, string>();
  /** When each process was started. */
  readonly lives: number[] = [];
  kills = 0;
  readonly data: string;
  readonly service: string;
  readonly #options: ChaosOptions;
  readonly #random: Random;
  #victim: Program | undefined;
  /** The victim's address, while it has one. */
  #address: string | undefined;
  #placing = true;
  #stopped = false;
  #nextOrder = 1;

  constructor(options: ChaosOptions, data: string, service: string) {
    this.#options = options;
    this.data = data;
    this.service = service;
    this.#random = seededRandom(options.seed);
  }

  /** Kills as often as was asked, while orders are being placed; more of these than of kills. */
  async killLoop(): Promise<void> {
    const placers = Array.from({ length: this.#options.concurrency }, () => this.#place());
    for (let i = 1; i <= this.#options.kills; i++) {
      await this.#liveAndDie();
      if (i % 10 === 0) this.#options.progress?.(`${i} kills, ${this.accepted.size} orders accepted`);
    }
    await this.#revive();
    while (this.accepted.size <= this.#options.kills) await sleep(pollMs);
    this.#placing = false;
    await Promise.all(placers);
  }

  /** Waits until nothing is under way; the process is stopped in order. */
  async finish(): Promise<void> {
    const deadline = performance.now() + longestEndMs;
    for (let open = await this.#openRuns(); open > 0; open = await this.#openRuns()) {
      if (performance.now() > deadline) throw new Error(`${open} runs have not ended ${longestEndMs} ms after the last kill.`);
    }
  }

  stop(): void {
    this.#placing = false;
    this.#stopped = true;
    this.#victim?.child.kill("SIGKILL");
  }

  /** Lets the process run for a while, then looks into its store in its place. */
  async #openRuns(): Promise<number> {
    const victim = await this.#revive();
    await sleep(1_000);
    victim.child.stdin?.end();
    await once(victim.child, "exit");
    this.#victim = undefined;
    const store = await openSqliteStore({ folder: this.data });
    const open = await Promise.all(["running", "waiting"].map((status) => store.listRuns({ tenant, status, limit: 1_000 })));
    await store.close();
    return open.flat().length;
  }

  async #liveAndDie(): Promise<void> {
    if (this.#random() < startShare) {
      this.#spawn();
      await sleep(this.#random() * longestStartMs);
    } else {
      await this.#revive();
      await sleep(this.#random() * longestLifeMs);
    }
    await this.#kill();
  }

  async #kill(): Promise<void> {
    const victim = this.#victim;
    if (!victim) return;
    if (victim.child.exitCode !== null) throw new Error(`The process ended by itself with code ${victim.child.exitCode}.`);
    this.#address = undefined;
    victim.child.kill("SIGKILL");
    await once(victim.child, "exit");
    this.kills++;
    this.#victim = undefined;
  }

  #spawn(): Program {
    if (this.#victim) return this.#victim;
    const life = this.lives.push(Date.now()) - 1;
    return (this.#victim = start("victim.ts", [this.data, this.service, String(life)]));
  }

  async #revive(): Promise<Program> {
    const victim = this.#spawn();
    this.#address = await victim.address;
    return victim;
  }

  /** Places one order after the other; one that was not answered is placed again under the same key. */
  async #place(): Promise<void> {
    while (this.#placing) {
      const n = this.#nextOrder++;
      while (!this.accepted.has(n) && !this.#stopped) {
        const runId = await this.#request(n);
        if (runId === undefined) await sleep(10);
        else this.accepted.set(n, runId);
      }
      await sleep(20 + this.#random() * 100);
    }
  }

  async #request(n: number): Promise<string | undefined> {
    if (this.#address === undefined) return undefined;
    try {
      const response = await fetch(this.#address, { method: "POST", body: JSON.stringify({ n }) });
      return response.ok ? ((await response.json()) as { runId: string }).runId : undefined;
    } catch {
      return undefined;
    }
  }
}

function start(program: string, args: readonly string[]): Program {
  const path = fileURLToPath(new URL(program, import.meta.url));
  const child = spawn(process.execPath, [path, ...args], { stdio: ["pipe", "pipe", "inherit"] });
  const address = once(createInterface(child.stdout), "line").then(([line]) => String(line));
  return { child, address };
}

function readJournal(path: string): JournalEntry[] {
  return readFileSync(path, "utf8")
    .trimEnd()
    .split("\n")
    .map((line) => JSON.parse(line) as JournalEntry);
}
