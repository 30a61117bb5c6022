// Jobs by the stream: submitted many at a time with little cost each, their ends told as they come.
import { ApiError, type ClientMessage, type EndedJob, type Problem, type ServerMessage } from "@baton/api";
import type { Json } from "@baton/core";
import { sdkError } from "./errors.ts";
import { ServerLink, type LinkOptions } from "./server-link.ts";

/** A job that was taken in. */
export interface JobHandle {
  readonly id: string;
  /** Resolves when it has ended, however it did. */
  readonly ended: Promise<EndedJob>;
}

/** A stream to submit by. */
export interface JobStream {
  /** Resolves when there is a connection. */
  readonly ready: Promise<void>;
  /** Submits a job or `{ jobs: [...] }`; durable when it resolves, one handle for each job. */
  submit(submission: Json, options?: { readonly idempotencyKey?: string }): Promise<readonly JobHandle[]>;
  /** The end of a job that was submitted by anybody. */
  ended(id: string): Promise<EndedJob>;
  close(): void;
}

interface Submitting {
  readonly resolve: (handles: readonly JobHandle[]) => void;
  readonly reject: (error: Error) => void;
}

/** Opens a stream. It connects, and connects again whenever the link breaks, until it is closed. */
export function connectJobs(options: LinkOptions): JobStream {
  return new LinkedJobStream(options);
}

class LinkedJobStream implements JobStream {
  readonly ready: Promise<void>;
  readonly #link: ServerLink;
  readonly #submitting = new Map<number, Submitting>();
  /** Who awaits the end of which job. */
  readonly #awaited = new Map<string, PromiseWithResolvers<EndedJob>>();
  #refs = 0;
  #onReady: () => void = () => undefined;

  constructor(options: LinkOptions) {
    this.ready = new Promise((resolve) => (this.#onReady = resolve));
    this.#link = new ServerLink(options, {
      opened: () => this.#opened(),
      message: (message) => this.#take(message),
      broken: () => this.#broken(),
    });
  }

  submit(submission: Json, { idempotencyKey: key }: { readonly idempotencyKey?: string } = {}): Promise<readonly JobHandle[]> {
    if (!this.#link.isOpen) return Promise.reject(sdkError("stream-broken", { message: "There is no connection to the server." }));
    const ref = this.#refs++;
    const message: ClientMessage = { type: "submit", ref, submission, watch: true, ...(key !== undefined && { key }) };
    this.#link.send(message);
    return new Promise((resolve, reject) => this.#submitting.set(ref, { resolve, reject }));
  }

  ended(id: string): Promise<EndedJob> {
    if (this.#awaited.has(id)) return this.#await(id);
    const ended = this.#await(id);
    this.#link.send({ type: "watch", ids: [id] });
    return ended;
  }

  close(): void {
    this.#link.close();
  }

  #await(id: string): Promise<EndedJob> {
    let awaited = this.#awaited.get(id);
    if (awaited === undefined) {
      awaited = Promise.withResolvers<EndedJob>();
      this.#awaited.set(id, awaited);
    }
    return awaited.promise;
  }

  #opened(): void {
    const ids = [...this.#awaited.keys()];
    if (ids.length > 0) this.#link.send({ type: "watch", ids });
    this.#onReady();
  }

  #take(message: ServerMessage): void {
    switch (message.type) {
      case "submitted":
        return this.#settle(message.ref, ({ resolve }) => resolve(message.ids.map((id) => ({ id, ended: this.#await(id) }))));
      case "refused":
        return this.#settle(message.ref, ({ reject }) => reject(new ApiError(message.problem)));
      case "ended":
        for (const job of message.jobs) this.#end(job);
        return;
      case "failed":
        return this.#failAll(message.problem);
      default:
        return;
    }
  }

  #settle(ref: number, how: (submitting: Submitting) => void): void {
    const submitting = this.#submitting.get(ref);
    this.#submitting.delete(ref);
    if (submitting !== undefined) how(submitting);
  }

  #end(job: EndedJob): void {
    this.#awaited.get(job.id)?.resolve(job);
    this.#awaited.delete(job.id);
  }

  #failAll(problem: Problem): void {
    for (const ref of this.#submitting.keys()) this.#settle(ref, ({ reject }) => reject(new ApiError(problem)));
  }

  /** Whether they were taken in is not known; ends are asked for again. */
  #broken(): void {
    for (const ref of this.#submitting.keys()) this.#settle(ref, ({ reject }) => reject(sdkError("stream-broken")));
  }
}
