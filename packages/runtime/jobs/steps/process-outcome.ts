// From the job of a process to what its step puts out (dsl-reference.md, "Run").
//
// An exit code other than 0 is an error where the task returns what the process put out, or nothing; where it asks for the
// code or for what went wrong, it is data. Text is given exactly as the process wrote it.
import { formatBytes, type Json } from "@baton/core";
import type { ContainerWork, ProcessWork, WorkFault, WorkOutcome } from "@baton/engine";
import type { JobOutput } from "@baton/storage";
import type { JobDesk } from "../job-desk.ts";
import { maxStepOutputBytes } from "../limits.ts";
import type { JobView } from "../view.ts";
import { faultOfJob } from "./faults.ts";

type Returned = ProcessWork["return"];

/** What is returned of processes that failed as of others. */
const mayFail: ReadonlySet<Returned> = new Set(["stderr", "code", "all"]);

const piecesAtATime = 1_000;

/** The outcome of a process whose job has ended. */
export async function outcomeOfProcess(desk: JobDesk, work: ProcessWork | ContainerWork, job: JobView): Promise<WorkOutcome> {
  const exitCode = job.status === "completed" ? 0 : job.error?.exitCode;
  if (exitCode === undefined || (exitCode !== 0 && !mayFail.has(work.return))) return { ok: false, fault: faultOfJob(job) };
  if (work.return === "none") return { ok: true, output: null };
  if (work.return === "code") return { ok: true, output: exitCode };
  const written = await writtenBy(desk, job);
  if (!isWhole(written, work.return)) return { ok: false, fault: tooLarge(job) };
  return { ok: true, output: valueOf(work.return, exitCode, written.text) };
}

interface Written {
  readonly text: { stdout: string; stderr: string };
  /** Something was cut out. */
  hasGap: boolean;
}

async function writtenBy(desk: JobDesk, { id, attempt }: JobView): Promise<Written> {
  const written: Written = { text: { stdout: "", stderr: "" }, hasGap: false };
  let next = 0;
  for (;;) {
    const page: { readonly pieces: readonly JobOutput[] } = await desk.output(id, next, piecesAtATime, attempt);
    for (const { position, bytes, stream, text } of page.pieces) {
      if (position !== next) written.hasGap = true;
      next = position + bytes;
      written.text[stream] += text;
    }
    if (page.pieces.length < piecesAtATime) return written;
  }
}

function isWhole({ text, hasGap }: Written, returned: Returned): boolean {
  const wanted = returned === "all" ? [text.stdout, text.stderr] : [returned === "stderr" ? text.stderr : text.stdout];
  return !hasGap && wanted.every((one) => one.length <= maxStepOutputBytes && Buffer.byteLength(one) <= maxStepOutputBytes);
}

function valueOf(returned: Returned, code: number, { stdout, stderr }: Written["text"]): Json {
  if (returned === "all") return { code, stdout, stderr };
  return returned === "stderr" ? stderr : stdout;
}

function tooLarge({ id }: JobView): WorkFault {
  const detail = `It wrote more than ${formatBytes(maxStepOutputBytes)} to a stream that the task returns (job ${id}).`;
  return { kind: "runtime", status: 500, title: "Output too large", detail };
}
