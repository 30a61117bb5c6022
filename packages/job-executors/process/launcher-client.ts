// The node's end of the line to its launcher. Where none answers, one is started; where the line breaks, because somebody
// killed the launcher, it is built up again and open requests are sent again: all of them may be repeated.
import { spawn } from "node:child_process";
import { closeSync, mkdirSync, openSync } from "node:fs";
import type { Socket } from "node:net";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { fileURLToPath } from "node:url";
import { jobError } from "../errors.ts";
import { defaultPath } from "../launcher/command.ts";
import { readMessages, writeMessage } from "../launcher/lines.ts";
import type { LauncherProgramOptions } from "../launcher/main.ts";
import type { AnswerMessage, KnownJob, News, RequestMessage, RequestName, Requests } from "../launcher/protocol.ts";
import { connectTo } from "../launcher/socket.ts";
import { launcherPatienceMs, launcherPauseMs, launcherStartMs, launcherTries } from "../limits.ts";

/** Who listens to the launcher. */
export interface LauncherListener {
  onNews(news: News): void;
  /** A job was named in an answer. It is told before any news of it, and again each time the line was built up. */
  onKnown(job: KnownJob): void;
}

interface Open {
  readonly message: RequestMessage;
  readonly resolve: (value: never) => void;
  readonly reject: (error: unknown) => void;
}

const program = fileURLToPath(new URL("../launcher/main.ts", import.meta.url));

/** Small, so that starting a process stays cheap. */
const nodeOptions = ["--max-old-space-size=256", "--max-semi-space-size=2"];

/** One line to one launcher. */
export class LauncherClient {
  readonly #stateFolder: string;
  readonly #options: LauncherProgramOptions;
  readonly #listener: LauncherListener;
  readonly #open = new Map<number, Open>();
  #socket: Promise<Socket> | undefined;
  #nextId = 1;
  #isClosed = false;

  constructor(stateFolder: string, options: LauncherProgramOptions, listener: LauncherListener) {
    this.#stateFolder = stateFolder;
    this.#options = options;
    this.#listener = listener;
  }

  /** Asks, and gives the answer or throws the launcher's error. */
  async ask<Name extends RequestName>(name: Name, asked: Requests[Name]["asked"]): Promise<Requests[Name]["answer"]> {
    if (this.#isClosed) throw jobError("launcher-unavailable", { message: "This executor is closed." });
    const socket = await this.#connected();
    return new Promise((resolve, reject) => {
      const message = { id: this.#nextId++, do: name, ...asked } as unknown as RequestMessage;
      this.#open.set(message.id, { message, resolve, reject });
      writeMessage(socket, message);
    });
  }

  /** Whether a launcher runs already. */
  async isThere(): Promise<boolean> {
    if (this.#socket !== undefined) return true;
    const socket = await connectTo(this.#stateFolder).catch(() => undefined);
    socket?.destroy();
    return socket !== undefined;
  }

  async close(): Promise<void> {
    this.#isClosed = true;
    const socket = await this.#socket?.catch(() => undefined);
    socket?.destroy();
    this.#fail(jobError("launcher-unavailable", { message: "This executor was closed." }));
  }

  #connected(): Promise<Socket> {
    this.#socket ??= this.#connect().catch((error: unknown) => {
      this.#socket = undefined;
      throw error;
    });
    return this.#socket;
  }

  async #connect(): Promise<Socket> {
    mkdirSync(this.#stateFolder, { recursive: true, mode: 0o700 });
    const socket = await this.#reach();
    socket.on("error", () => {});
    socket.on("close", () => this.#onClose());
    readMessages(socket, (message) => this.#onMessage(message as AnswerMessage | News));
    this.#sendList(socket);
    for (const { message } of this.#open.values()) writeMessage(socket, message);
    return socket;
  }

  /** First of all requests, so that nothing is missed and what follows finds its job. */
  #sendList(socket: Socket): void {
    const message: RequestMessage = { id: this.#nextId++, do: "list" };
    this.#open.set(message.id, { message, resolve: () => {}, reject: () => {} });
    writeMessage(socket, message);
  }

  /**
   * A launcher that is about to leave, or takes long to begin, keeps others from beginning, so this is tried for a while; one that
   * cannot begin at all is tried a few times.
   */
  async #reach(): Promise<Socket> {
    let cause: unknown;
    let failures = 0;
    for (const giveUp = performance.now() + launcherPatienceMs; performance.now() < giveUp; await sleep(launcherPauseMs)) {
      const there = await connectTo(this.#stateFolder).catch(() => undefined);
      if (there !== undefined) return there;
      await this.#startLauncher().catch((error: unknown) => {
        cause = error;
        failures++;
      });
      const begun = await connectTo(this.#stateFolder).catch((error: unknown) => void (cause ??= error));
      if (begun !== undefined) return begun;
      if (this.#isClosed || failures >= launcherTries) break;
    }
    throw jobError("launcher-unavailable", { where: this.#stateFolder, cause });
  }

  /** Resolves when the launcher listens, or has found that another one does. */
  #startLauncher(): Promise<void> {
    const log = openSync(join(this.#stateFolder, "launcher.log"), "a", 0o600);
    const args = [...nodeOptions, program, this.#stateFolder, JSON.stringify(this.#options)];
    // Of the node's environment, which may hold secrets, jobs shall find nothing: neither their own nor in their parent's.
    const env = { PATH: process.env["PATH"] ?? defaultPath };
    const child = spawn(process.execPath, args, { detached: true, stdio: ["ignore", "pipe", log], cwd: "/", env });
    closeSync(log);
    const timer = setTimeout(() => child.kill("SIGKILL"), launcherStartMs);
    return new Promise<void>((resolve, reject) => {
      child.once("error", reject);
      child.once("exit", (code) => (code === null || code === 0 ? resolve() : reject(new Error(`It ended with ${code}.`))));
      child.stdout?.once("data", () => resolve());
    }).finally(() => {
      clearTimeout(timer);
      child.stdout?.destroy();
      child.unref();
    });
  }

  #onMessage(message: AnswerMessage | News): void {
    if ("news" in message) return this.#listener.onNews(message);
    const open = this.#open.get(message.id);
    this.#open.delete(message.id);
    if (open === undefined) return;
    if ("error" in message) return open.reject(jobError(message.error.code, { message: message.error.message }));
    const asked = open.message.do;
    if (asked === "start") this.#listener.onKnown(message.value as KnownJob);
    if (asked === "list") for (const job of message.value as readonly KnownJob[]) this.#listener.onKnown(job);
    open.resolve(message.value as never);
  }

  /** Somebody may wait for a job to end, so the line is built up again even where no request is open. */
  #onClose(): void {
    this.#socket = undefined;
    if (this.#isClosed) return;
    this.#connected().catch((error: unknown) => this.#fail(error));
  }

  #fail(error: unknown): void {
    const open = [...this.#open.values()];
    this.#open.clear();
    for (const { reject } of open) reject(error);
  }
}
