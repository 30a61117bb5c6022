// One stream: what a program or a worker says, onto jobs and nodes, and what they are told.
import { apiError, maxBodyDepth, maxIdempotencyKeyLength, problemOf, type ClientMessage, type EndedJob, type Problem } from "@baton/api";
import { isArray, isDeeperThan, isObject, type BatonError, type Json } from "@baton/core";
import type { Order } from "@baton/executors";
import {
  asClock,
  asLoad,
  asReports,
  isFinalJobStatus,
  JobsRefused,
  readJoin,
  readSubmission,
  runtimeError,
  type AskerScope,
  type Jobs,
  type JobEndView,
  type NodeCaller,
  type NodeSession,
} from "@baton/runtime";
import { knownError } from "../http/problems.ts";
import type { Outbox } from "./outbox.ts";

/** Orders of one message: each may bring a payload, so all of a turn could be more than a frame takes. */
const ordersTogether = 16;

/** What a session works with. */
export interface SessionParts {
  readonly jobs: Jobs;
  readonly outbox: Outbox;
  /** Whom the stream was opened for: a node that may do nothing else, or null for anybody who may do everything. */
  readonly caller: NodeCaller | null;
  /** Where it was opened: what is asked for over it was asked for there. */
  readonly scope: AskerScope;
  /** Closes the stream; whoever is at the other end is told why. */
  readonly fail: (error: BatonError) => void;
  /** Breaks the stream: whoever is at the other end may come again. */
  readonly cut: () => void;
  readonly log: (error: unknown) => void;
}

/** A stream that is open. */
export class StreamSession {
  readonly #parts: SessionParts;
  #node: NodeSession | null = null;
  /** A node that changes, or leaves, at once does so when it is taken in. */
  #joining: Promise<void> = Promise.resolve();
  #closed = false;
  /** Ends what is watched for it. */
  readonly #stops = new Set<() => void>();

  constructor(parts: SessionParts) {
    this.#parts = parts;
  }

  /** Takes a frame. */
  take(frame: string): void {
    const messages = messagesOf(frame);
    if (messages === undefined)
      return this.#parts.fail(apiError("body-malformed", { message: "A frame is a JSON list of messages, each an object with a type." }));
    for (const message of messages) this.#handle(message);
  }

  /** The stream is gone. */
  close(): void {
    this.#closed = true;
    for (const stop of this.#stops) stop();
    this.#stops.clear();
    this.#node?.close();
  }

  #handle(message: ClientMessage): void {
    switch (message.type) {
      case "submit":
      case "watch":
        return isProgramMessage(message) ? this.#asked(() => this.#asProgram(message)) : this.#refuse(message.type);
      case "join":
        this.#joining = this.#asked(() => this.#join(message.hello as unknown as Json));
        return;
      case "update":
        return this.#onceJoined(() => this.#update(message.hello));
      case "reports":
        return this.#report(message.reports);
      case "heartbeat":
        return this.#beat(message);
      case "drain":
        return this.#leave();
      default:
        return this.#refuse(String((message as { readonly type: unknown }).type));
    }
  }

  /** Not for what a node reports: what follows from it nobody has asked for. */
  #asked<T>(what: () => T): T {
    return this.#parts.scope.run(what);
  }

  /** Before anything that came with it: an end that follows must not make room for a job that is not wanted any more. */
  #leave(): void {
    const leave = (): void => this.#asked(() => this.#node?.leave());
    if (this.#node === null) this.#onceJoined(leave);
    else leave();
  }

  #onceJoined(what: () => void): void {
    this.#joining.then(what).catch((error: unknown) => {
      this.#parts.log(error);
      this.#parts.fail(knownError(error).error);
    });
  }

  #report(written: unknown): void {
    const reports = asReports(written);
    if (reports === undefined) return this.#refuse("reports");
    this.#node?.reports(reports);
  }

  #beat({ load: written, clock }: Extract<ClientMessage, { readonly type: "heartbeat" }>): void {
    const load = asLoad(written);
    if (load === undefined) return this.#refuse("heartbeat");
    this.#node?.heartbeat(load, asClock(clock));
  }

  #refuse(what: string): void {
    this.#parts.fail(apiError("body-malformed", { message: `"${what}" is not a message that a stream takes, or it lacks what it needs.` }));
  }

  #asProgram(message: Extract<ClientMessage, { readonly type: "submit" | "watch" }>): void {
    if (this.#parts.caller !== null) return this.#parts.fail(runtimeError("node-token-confined"));
    if (message.type === "submit") void this.#submit(message);
    else this.#watch(message.ids);
  }

  async #submit({ ref, submission, key, watch }: Extract<ClientMessage, { readonly type: "submit" }>): Promise<void> {
    const { jobs, outbox } = this.#parts;
    try {
      if (isDeeperThan(submission, maxBodyDepth))
        throw apiError("body-too-deep", { message: `The submission has more than ${maxBodyDepth} levels.` });
      const read = readSubmission(submission, jobs.readingFacts());
      if (!read.ok) throw JobsRefused.ofFields(read.error);
      const onEnd = watch === true ? (job: JobEndView): void => this.#tellEnd(job) : null;
      if (key === undefined) {
        const ids = await jobs.desk.take(read.value, onEnd);
        return outbox.push({ type: "submitted", ref, ids });
      }
      const submitted = await jobs.desk.submit({ jobs: read.value, idempotencyKey: key, fingerprint: JSON.stringify(submission) });
      const ids = submitted.jobs.map(({ id }) => id);
      outbox.push({ type: "submitted", ref, ids });
      if (watch === true) this.#watch(ids);
    } catch (error) {
      outbox.push({ type: "refused", ref, problem: this.#problemOf(error) });
    }
  }

  #watch(ids: readonly string[]): void {
    for (const id of ids) void this.#watchOne(id);
  }

  /** A job that nobody knows has no end to tell. */
  async #watchOne(id: string): Promise<void> {
    const { desk } = this.#parts.jobs;
    try {
      const stop = await desk.watch(id, ({ job, final }) => {
        if (!final) return;
        this.#tellEnd(job);
        setImmediate(() => this.#stops.delete(stop) && stop());
      });
      if (this.#closed) stop();
      else this.#stops.add(stop);
    } catch (error) {
      const { error: known } = knownError(error);
      this.#parts.outbox.pushEnded({ id, status: "lost", output: null, error: { code: known.code, message: known.message } });
    }
  }

  #tellEnd({ id, status, output, error }: JobEndView): void {
    if (this.#closed || !isFinalJobStatus(status)) return;
    const ended: EndedJob = { id, status, output, error: error && { code: error.code, message: error.message } };
    this.#parts.outbox.pushEnded(ended);
  }

  async #join(hello: Json): Promise<void> {
    const { jobs, outbox, fail, caller } = this.#parts;
    try {
      const read = readJoin(hello);
      if (!read.ok) throw JobsRefused.ofFields(read.error, "node-unreadable");
      const send = (orders: readonly Order[]): void => {
        for (let from = 0; from < orders.length; from += ordersTogether)
          outbox.push({ type: "orders", orders: orders.slice(from, from + ordersTogether) });
        // They are all that this turn has for the node, and a worker that waits for them costs more than a frame.
        outbox.flush();
      };
      const node = await jobs.admit(read.value, caller, { send, cut: this.#parts.cut });
      if (this.#closed) return node.close();
      this.#node = node;
      outbox.push({ type: "welcome", welcome: node.welcome });
    } catch (error) {
      fail(knownError(error).error);
    }
  }

  /** Who it is has been settled when it came; what it is may change. */
  #update(hello: Json): void {
    const read = readJoin(hello);
    const node = this.#node;
    if (!read.ok) return this.#parts.fail(JobsRefused.ofFields(read.error, "node-unreadable"));
    if (node === null || read.value.hello.id !== node.id || read.value.functions.length > 0) return this.#refuse("update");
    node.update(read.value.hello);
  }

  #problemOf(thrown: unknown): Problem {
    const { error, bug } = knownError(thrown);
    if (bug) this.#parts.log(thrown);
    return problemOf(error, thrown instanceof JobsRefused ? { errors: thrown.items } : {});
  }
}

/** A stream is let in by a token, and what it says is somebody else's data all the same. */
function isProgramMessage(message: object): boolean {
  const { ids, ref, key, type } = message as { readonly [field: string]: unknown };
  if (type === "watch") return Array.isArray(ids) && ids.every((id) => typeof id === "string");
  return (
    typeof ref === "number" && (key === undefined || (typeof key === "string" && key.length > 0 && key.length <= maxIdempotencyKeyLength))
  );
}

function messagesOf(frame: string): readonly ClientMessage[] | undefined {
  let value: Json;
  try {
    value = JSON.parse(frame) as Json;
  } catch {
    return undefined;
  }
  if (!isArray(value)) return undefined;
  return value.every((message) => isObject(message)) ? (value as unknown as readonly ClientMessage[]) : undefined;
}
