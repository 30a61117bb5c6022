// Replays a recording: the same events, at the same instants, through the same core. Every answer must come out as it was
// recorded, to the byte; the first one that does not is named.
import { err, ok, type Instant, type Result } from "@baton/core";
import { createScheduler, step, type SchedulerEvent, type SchedulerState } from "@baton/scheduler";
import { problem, type Problem } from "../errors.ts";
import { readRecordedLine, writeAnswer, type RecordedLine, type RecordingEnd } from "./recording.ts";

/** Where a replay went another way than the recording. */
export interface ReplayDifference {
  /** Counted from one. */
  readonly line: number;
  readonly at: Instant;
  readonly event: SchedulerEvent;
  /** What was recorded and what came out, as JSON fields. */
  readonly recorded: string;
  readonly replayed: string;
}

/** What came of a replay. */
export interface Replay {
  readonly events: number;
  readonly decisions: number;
  readonly jobs: number;
  readonly from: Instant;
  readonly until: Instant;
  /** Null: the server was killed. */
  readonly end: RecordingEnd | null;
  /** Null: every answer is identical. */
  readonly difference: ReplayDifference | null;
}

/** Replays a recording from its lines; the problems say what of the file cannot be read. */
export function replayRecording(lines: Iterable<string>, name: string): Result<Replay, readonly Problem[]> {
  let number = 0;
  let torn: Problem | undefined;
  let replayer: Replayer | undefined;
  for (const text of lines) {
    number++;
    if (text === "") continue;
    if (torn !== undefined) return err([torn]);
    const line = readRecordedLine(text);
    if (replayer === undefined) {
      if (line.kind !== "header") return err([problem("recording-malformed", `${name}: line ${number}`, headerMissing(line))]);
      replayer = new Replayer(createScheduler(line.policy), line.at);
    } else if (line.kind === "wrong" || line.kind === "header") torn = problem("recording-malformed", `${name}: line ${number}`, why(line));
    else if (line.kind === "end") replayer.end = line.end;
    else if (!replayer.take(line, number)) break;
  }
  return replayer === undefined ? err([problem("recording-malformed", name, "The file is empty.")]) : ok(replayer.replay());
}

function headerMissing(line: RecordedLine): string {
  return line.kind === "wrong" ? line.message : "This is not the first line of a recording.";
}

function why(line: Extract<RecordedLine, { readonly kind: "wrong" | "header" }>): string {
  return line.kind === "wrong" ? line.message : "Another recording begins within this one.";
}

class Replayer {
  end: RecordingEnd | null = null;
  readonly #state: SchedulerState;
  readonly #from: Instant;
  #until: Instant;
  #events = 0;
  #decisions = 0;
  #jobs = 0;
  #difference: ReplayDifference | null = null;

  constructor(state: SchedulerState, from: Instant) {
    this.#state = state;
    this.#from = from;
    this.#until = from;
  }

  /** False once there is a difference: what follows would only follow from it. */
  take({ at, event, answer: recorded }: Extract<RecordedLine, { readonly kind: "step" }>, line: number): boolean {
    const answer = step(this.#state, event, at);
    this.#events++;
    this.#decisions += answer.decisions.length;
    if (event.type === "jobs-submitted") this.#jobs += event.jobs.length;
    this.#until = Math.max(this.#until, at);
    const replayed = writeAnswer(answer);
    if (replayed !== recorded) this.#difference = { line, at, event, recorded, replayed };
    return this.#difference === null;
  }

  replay(): Replay {
    const [events, decisions, jobs, from, until] = [this.#events, this.#decisions, this.#jobs, this.#from, this.#until];
    return { events, decisions, jobs, from, until, end: this.end, difference: this.#difference };
  }
}
