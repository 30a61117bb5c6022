// `baton lock run NAME -- COMMAND`: a command that runs while a lock is held. The command is a process group of its own, so
// that everything that it has started ends with it when the lock is lost.
import { spawn, type ChildProcess } from "node:child_process";
import { constants, hostname } from "node:os";
import { Locks, type HeldLock, type LockUse } from "@baton/api";
import type { Millis } from "@baton/core";
import { readInput, serverAddress, serverToken, type Context } from "../context.ts";
import { defaultAddress } from "../connect.ts";
import { exitCodes } from "../exit-codes.ts";
import { CommandFailure } from "../failure.ts";
import { timedOut, type LockUseOptions } from "./locks.ts";

/** What `lock run` is given. */
export interface LockRunOptions extends LockUseOptions {
  /** How long the command may take to end before it is killed. */
  readonly grace?: Millis;
}

const defaultGraceMs: Millis = 10_000;
/** How a shell tells that a signal ended a program. */
const signalBase = 128;

/** Runs a command under a lock; ends as the command did. */
export async function runUnderLock(context: Context, name: string, command: readonly string[], options: LockRunOptions): Promise<number> {
  const { lease, timeout, value, grace = defaultGraceMs } = options;
  const wait = options.try === true ? 0 : timeout;
  const asked = {
    ...useOf(options),
    signal: context.signal,
    ...(lease !== undefined && { leaseMs: lease }),
    ...(wait !== undefined && { timeoutMs: wait }),
    ...(value !== undefined && { value: await readInput(value, "--value") }),
  };
  let held: HeldLock;
  try {
    held = await locksOf(context, options).acquire(name, asked);
  } catch (error) {
    if (context.signal.aborted) return exitCodes.interrupted;
    throw timedOut(error);
  }
  try {
    return await runHeld(context, held, command, grace);
  } finally {
    await held.release();
  }
}

function locksOf({ options }: Context, { owner, namespace }: LockRunOptions): Locks {
  const token = serverToken(options);
  return new Locks({
    url: serverAddress(options) ?? defaultAddress,
    ...(token !== undefined && { token }),
    // People who look at the lock shall find who holds it.
    owner: owner ?? `${hostname().replaceAll(/[^\w.-]/g, "-")}-${process.pid}`,
    ...(namespace !== undefined && { namespace }),
  });
}

/** What the server refuses where parts of it do not fit together. */
function useOf({ kind = "mutex", mode, size, permits }: LockRunOptions): LockUse {
  return {
    kind,
    ...(mode !== undefined && { mode }),
    ...(size !== undefined && { size }),
    ...(permits !== undefined && { permits }),
  } as LockUse;
}

async function runHeld(context: Context, held: HeldLock, [program = "", ...args]: readonly string[], graceMs: Millis): Promise<number> {
  const env = { ...process.env, BATON_LOCK_NAME: held.name, BATON_LOCK_TOKEN: String(held.token) };
  const child = spawn(program, args, { stdio: "inherit", env, detached: true });
  const stop = (): void => end(child, graceMs);
  const signal = AbortSignal.any([held.signal, context.signal]);
  signal.addEventListener("abort", stop);
  if (signal.aborted) stop();
  const code = await endOf(child, program);
  signal.removeEventListener("abort", stop);
  // Whoever it has left behind does not go on without the lock.
  signalGroup(child, "SIGKILL");
  if (held.signal.aborted) throw held.signal.reason;
  return code;
}

function endOf(child: ChildProcess, program: string): Promise<number> {
  return new Promise((resolve, reject) => {
    child.once("error", (error) => {
      const next = "check its name and that it may be executed";
      reject(new CommandFailure(exitCodes.failed, "the command can't be started", { where: program, why: error.message, next }));
    });
    child.once("exit", (code, signal) => resolve(code ?? signalBase + (signal === null ? 0 : constants.signals[signal])));
  });
}

/** Asks the command to end, and kills it with all that it has started when it does not. */
function end(child: ChildProcess, graceMs: Millis): void {
  signalGroup(child, "SIGTERM");
  const timer = setTimeout(() => signalGroup(child, "SIGKILL"), graceMs);
  child.once("exit", () => clearTimeout(timer));
}

function signalGroup({ pid }: ChildProcess, signal: NodeJS.Signals): void {
  if (pid === undefined) return;
  try {
    process.kill(-pid, signal);
  } catch (error) {
    // It has ended by itself.
    if ((error as NodeJS.ErrnoException).code !== "ESRCH") throw error;
  }
}
