// An executor under test, and what all parts of the suite do with it.
import { ok } from "node:assert/strict";
import { setTimeout as sleep } from "node:timers/promises";
import type { JobEnd, JobExecutor, JobHandle, JobResult, JobSpec, OutputPiece, OutputStream, Program } from "../port.ts";
import { cutMark } from "../state/output-reader.ts";
import type { Behaviours } from "./behaviours.ts";

/** How an executor is tested. */
export interface Subject {
  readonly test: (name: string, body: () => Promise<void>) => void;
  /** An executor over the same state as all others that it gives: each is the successor of the one before. */
  readonly create: () => JobExecutor;
  readonly behaviours: Behaviours;
  /** Whether this machine keeps the limit at once, so that it can be tested. */
  readonly keepsMemory: boolean;
  readonly keepsPids: boolean;
  /** What the executor says that it cannot do (`abilities`); absent: nothing. */
  readonly lacks?: readonly Lack[];
}

/** Two streams told apart; freezing; signals; accounting of processor and memory. */
export type Lack = "streams" | "freeze" | "signals" | "accounting";

/** One executor at a time, and what the tests need of it. */
export class Bench {
  readonly behaviours: Behaviours;
  readonly #create: () => JobExecutor;
  #executor: JobExecutor | undefined;

  constructor({ create, behaviours }: Subject) {
    this.#create = create;
    this.behaviours = behaviours;
  }

  get executor(): JobExecutor {
    this.#executor ??= this.#create();
    return this.#executor;
  }

  start(program: Program, more: Partial<JobSpec> = {}): Promise<JobHandle> {
    return this.executor.start(orderOf(program, more));
  }

  /** Starts it, waits for its end and releases it. */
  async run(program: Program, more: Partial<JobSpec> = {}): Promise<JobEnd> {
    return (await finished(await this.start(program, more))).end;
  }

  /** Replaces the executor by its successor. */
  async succeed(): Promise<JobExecutor> {
    await this.#executor?.close();
    this.#executor = undefined;
    return this.executor;
  }

  /** Ends what is left of all tests. */
  async clear(): Promise<void> {
    for (const job of await this.executor.adopt()) {
      await job.stop({ graceMs: 0 });
      await finished(job);
    }
    await this.#executor?.close();
  }
}

let allocations = 0;

const patienceMs = 120_000;
const pauseMs = 20;

/** An order with a fresh allocation, and with time to end in order on a machine that is busy. */
export function orderOf(program: Program, more: Partial<JobSpec> = {}): JobSpec {
  const allocation = `alloc_${process.pid}_${allocations++}`;
  return { allocation, token: 1, program, env: {}, limits: {}, graceMs: patienceMs, ...more };
}

/** A job's result, once it has one; the job is released. */
export async function finished(job: JobHandle): Promise<JobResult> {
  const result = await job.result;
  await job.release();
  return result;
}

/** All that a job writes. */
export async function piecesOf(job: JobHandle): Promise<readonly OutputPiece[]> {
  const pieces: OutputPiece[] = [];
  for await (const piece of job.output()) pieces.push(piece);
  return pieces;
}

/** A stream's text, with a mark where something was cut; until the job has ended, or enough was seen. */
export async function textOf(
  job: JobHandle,
  stream: OutputStream = "stdout",
  isEnough: (text: string) => boolean = () => false,
): Promise<string> {
  let text = "";
  for await (const piece of job.output()) {
    if (piece.stream !== stream) continue;
    text += piece.kind === "data" ? piece.data.toString() : cutMark(piece.bytes);
    if (isEnough(text)) break;
  }
  return text;
}

/** Waits until a job has said that it is ready. */
export async function isReady(job: JobHandle): Promise<void> {
  const text = await textOf(job, "stdout", (text) => text.includes("ready"));
  ok(text.includes("ready"), `Expected the job to get ready, but it wrote ${JSON.stringify(text)}.`);
}

/** Counts what a job writes while the test goes on; it ends with the job. */
export function listenTo(job: JobHandle): { readonly bytes: number } {
  const heard = { bytes: 0 };
  const listen = async (): Promise<void> => {
    for await (const piece of job.output()) heard.bytes += piece.kind === "data" ? piece.data.length : piece.bytes;
  };
  void listen();
  return heard;
}

/** Waits until something is so. */
export async function until(what: string, isSo: () => boolean | Promise<boolean>): Promise<void> {
  for (const deadline = performance.now() + patienceMs; performance.now() < deadline; await sleep(pauseMs)) if (await isSo()) return;
  throw new Error(`Expected ${what}, but it did not come about.`);
}
