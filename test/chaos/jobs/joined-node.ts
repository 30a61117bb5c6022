// A machine that has joined the server: the program that speaks with it, and the launcher beside that, which holds the jobs. A
// kill hits the program alone or both, as the end of a machine does; some stay away until their lease is over, dead or asleep,
// so that their jobs are placed elsewhere while they may still run here.
import type { ChildProcess } from "node:child_process";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { assert } from "@baton/core";
import type { Random } from "@baton/core";
import { kill, launcherOf } from "./processes.ts";
import { end, startNodeProgram } from "./programs.ts";

/** Where a node lies, and whom it joins. */
export interface JoinedNodeParts {
  readonly name: string;
  readonly folder: string;
  readonly port: number;
  readonly random: Random;
  /** Of its kills, how many keep it away until it is lost. */
  readonly awayShare: number;
}

/** Longer than a lease, and than a node that was silent takes to be lost. */
const awayMs = 20_000;
/** Of the kills, how many hit the launcher too. */
const machineShare = 0.5;
/** Of those that stay away, how many are only asleep. */
const asleepShare = 0.5;

/** A joined node of a loop. */
export class JoinedNode {
  readonly name: string;
  /** Where its jobs lie. */
  readonly stateFolder: string;
  readonly log: string;
  /** How often it stayed away for longer than its lease. */
  absences = 0;
  readonly #parts: JoinedNodeParts;
  readonly #data: string;
  #child: ChildProcess | undefined;
  /** Settles when it is back. */
  #away: Promise<void> | undefined;

  constructor(parts: JoinedNodeParts) {
    this.#parts = parts;
    this.name = parts.name;
    this.#data = join(parts.folder, parts.name);
    this.stateFolder = join(this.#data, "jobs");
    this.log = join(parts.folder, `${parts.name}.log`);
  }

  start(): void {
    this.#child = startNodeProgram(this.name, this.#data, this.#parts.port, this.log);
  }

  /** Kills it; it comes back at once, or much later. False while it is away. */
  async hit(): Promise<boolean> {
    const child = this.#child;
    if (child === undefined || this.#away !== undefined) return false;
    assert(child.exitCode === null, `Expected ${this.name} to run until it is told to stop, but it has ended with ${child.exitCode}.`);
    const { random, awayShare } = this.#parts;
    if (random() >= awayShare) {
      await this.#kill(child);
      this.start();
      return true;
    }
    this.absences++;
    this.#away = random() < asleepShare ? this.#sleep(child) : this.#stayDead(child);
    void this.#away.finally(() => (this.#away = undefined));
    return true;
  }

  /** Resolves when it is there. */
  async back(): Promise<void> {
    await this.#away;
  }

  /** Ends it in order; gives its exit code. */
  async close(): Promise<number | null> {
    await this.back();
    const child = this.#child;
    if (child !== undefined) await end(child, "SIGTERM");
    return child?.exitCode ?? null;
  }

  /** Leaves nothing behind. */
  async destroy(): Promise<void> {
    await this.back();
    if (this.#child !== undefined) await this.#kill(this.#child, true);
  }

  async #kill(child: ChildProcess, isMachine = this.#parts.random() < machineShare): Promise<void> {
    const launcher = isMachine ? launcherOf(this.stateFolder) : undefined;
    if (launcher !== undefined) kill(launcher);
    await end(child, "SIGKILL");
  }

  async #sleep(child: ChildProcess): Promise<void> {
    child.kill("SIGSTOP");
    await sleep(awayMs);
    child.kill("SIGCONT");
  }

  async #stayDead(child: ChildProcess): Promise<void> {
    await this.#kill(child);
    await sleep(awayMs);
    this.start();
  }
}
