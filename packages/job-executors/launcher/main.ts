// The launcher: a small program that starts the processes of a node and sees them to their end.
//
// It is a program of its own for two reasons. Starting a process costs the more the larger the program is that starts
// it. And it outlives the node: when that is killed or replaced, jobs run on, keep their limits, and their
// results are written down; the next node connects and finds them. Without jobs and without a node it ends.
//
// usage: main.ts STATE_FOLDER OPTIONS (a JSON text: see `LauncherProgramOptions`). It says "ready" when it listens.
import { createHash } from "node:crypto";
import { realpathSync, rmSync, writeSync } from "node:fs";
import { createServer, type Socket } from "node:net";
import { chdir } from "node:process";
import { BatonError } from "@baton/core";
import { isJobErrorCode, type JobErrorCode } from "../errors.ts";
import { launcherIdleMs } from "../limits.ts";
import { Launcher, type LauncherOptions } from "./launcher.ts";
import { readMessages, writeMessage } from "./lines.ts";
import type { AnswerMessage, RequestMessage, RequestName, Requests } from "./protocol.ts";
import { socketName } from "./socket.ts";

/** What the launcher is told when it is started. */
export interface LauncherProgramOptions extends LauncherOptions {
  /** How long jobs run on while no node is connected; absent: to their end. */
  readonly orphanMs?: number;
}

const [stateFolder = ".", optionsText = "{}"] = process.argv.slice(2);
const options = JSON.parse(optionsText) as LauncherProgramOptions;
chdir(stateFolder);

const leavePauseMs = 50;
const connections = new Set<Socket>();
let launcher: Launcher | undefined;
let orphanTimer: NodeJS.Timeout | undefined;
let idleTimer: NodeJS.Timeout | undefined;

// A signal to the whole group of the node, such as a terminal's, is not for the jobs.
for (const signal of ["SIGINT", "SIGHUP"] as const) process.on(signal, () => {});
// One that is for the launcher, as when the machine shuts down, ends the jobs in order first.
process.on("SIGTERM", () => {
  launcher?.stopAll("job-orphaned");
  setInterval(() => launcher?.isBusy !== true && process.exit(0), leavePauseMs);
});

/** What a request gives; what can be said at once is, so that no news overtakes it. */
function perform(request: RequestMessage, of: Launcher): Requests[RequestName]["answer"] | Promise<null> {
  switch (request.do) {
    case "start":
      return of.start(request.spec);
    case "list":
      return of.list();
    case "stop":
      return of.stop(request.allocation, request.code, request.graceMs);
    case "signal":
      return of.signal(request.allocation, request.signal);
    case "freeze":
      return of.setFrozen(request.allocation, request.frozen);
    case "usage":
      return of.usage(request.allocation);
    case "release":
      return of.release(request.allocation);
    case "abilities":
      return of.abilities;
  }
}

function answer(socket: Socket, request: RequestMessage, of: Launcher): void {
  const reply = (message: AnswerMessage): void => writeMessage(socket, message);
  try {
    const value = perform(request, of);
    if (value instanceof Promise)
      value.then((value) => reply({ id: request.id, value })).catch((error: unknown) => reply(refusal(request, error)));
    else reply({ id: request.id, value });
  } catch (error) {
    reply(refusal(request, error));
  }
}

function refusal({ id }: RequestMessage, error: unknown): AnswerMessage {
  const code: JobErrorCode = error instanceof BatonError && isJobErrorCode(error.code) ? error.code : "job-start-failed";
  return { id, error: { code, message: error instanceof Error ? error.message : String(error) } };
}

function serve(socket: Socket, of: Launcher): void {
  connections.add(socket);
  clearTimeout(orphanTimer);
  readMessages(socket, (message) => answer(socket, message as RequestMessage, of));
  socket.on("error", () => {});
  socket.on("close", () => {
    connections.delete(socket);
    if (connections.size > 0) return;
    const { orphanMs } = options;
    if (orphanMs !== undefined) orphanTimer = setTimeout(() => of.stopAll("job-orphaned"), orphanMs);
    endWhenIdle(of);
  });
}

/** Ends once nothing runs and nobody is connected, and stays so for a moment. */
function endWhenIdle(of: Launcher): void {
  clearTimeout(idleTimer);
  idleTimer = setTimeout(() => {
    if (connections.size > 0 || of.isBusy) return;
    rmSync(socketName, { force: true });
    of.close();
    process.exit(0);
  }, launcherIdleMs);
}

const server = createServer((socket) => launcher !== undefined && serve(socket, launcher));

/**
 * One launcher per state folder. The mutex is a socket with an abstract name: the kernel gives it to one program at a time
 * and takes it back when that ends, however it ends. Who holds it may replace a socket file that another one left.
 */
const mutex = createServer();
mutex.once("error", () => process.exit(0));
mutex.listen(`\0baton-launcher-${createHash("sha256").update(realpathSync(stateFolder)).digest("hex")}`, () => {
  rmSync(socketName, { force: true });
  server.listen(socketName, () => {
    const running = new Launcher(stateFolder, options, (news) => {
      for (const socket of connections) writeMessage(socket, news);
      if (news.news === "ended" && connections.size === 0) endWhenIdle(running);
    });
    launcher = running;
    endWhenIdle(running);
    writeSync(1, "ready\n");
  });
});
