// A live system in small, driven by random commands: jobs of every kind come, end, fail and are cancelled, nodes come, drain and
// are lost, policies and queues change, time passes. Every event and every decision is recorded, and checked by the books.
import type { Instant, Millis } from "@baton/core";
import type { Policy } from "../policy.ts";
import { createScheduler, step, type SchedulerState } from "../step.ts";
import type { Decision, JobPatch, JobSpec, NodeSpec, Outcome, QueueSpec, SchedulerEvent } from "../types.ts";
import { Books } from "./books.ts";

/** What suspended jobs keep in these worlds. */
export const keeps: readonly string[] = ["memory"];

/** One thing that somebody or something does. */
export type Command =
  | { readonly do: "submit"; readonly job: JobDraft; readonly after: number | undefined }
  | { readonly do: "submit-gang"; readonly job: JobDraft; readonly size: number }
  | { readonly do: "end"; readonly which: number; readonly outcome: Outcome }
  | { readonly do: "end-some"; readonly which: number; readonly outcomes: readonly Outcome[] }
  | { readonly do: "cancel"; readonly which: number }
  | { readonly do: "due"; readonly which: number }
  | { readonly do: "overrun"; readonly which: number }
  | { readonly do: "wait"; readonly ms: Millis }
  | { readonly do: "change"; readonly which: number; readonly patch: JobPatch }
  | { readonly do: "reserve"; readonly which: number; readonly fromMs: Millis; readonly forMs: Millis; readonly cpu: number | undefined }
  | { readonly do: "unreserve"; readonly which: number }
  | { readonly do: "node"; readonly which: number; readonly fate: "up" | "drained" | "down" }
  | { readonly do: "queues"; readonly which: number }
  | { readonly do: "policy"; readonly policy: Policy };

/** A job before it has an id. */
export type JobDraft = Omit<JobSpec, "id">;

/** Trees of queues between which worlds change; their leaves are the same. */
export const trees: readonly (readonly QueueSpec[])[] = [
  [{ id: "default" }, { id: "a" }, { id: "b" }],
  [
    { id: "default", maxRunning: 3 },
    { id: "top", limit: { cpu: 6 } },
    { id: "a", parent: "top", weight: 2, limit: { cpu: 4 } },
    { id: "b", parent: "top", guarantee: { cpu: 2 } },
  ],
  [
    { id: "default", limit: { cpu: 5, memory: 8 } },
    { id: "a", guarantee: { cpu: 3 }, order: { name: "rr", sliceMs: 2000 } },
    { id: "b", guarantee: { cpu: 2 }, maxRunning: 4 },
  ],
];

/** Some nodes, a policy to begin with, and what happens then. */
export interface Story {
  readonly policy: Policy;
  readonly nodes: readonly { readonly cpu: number; readonly memory: number }[];
  readonly tree: number;
  readonly commands: readonly Command[];
}

/** What was told and what was answered, in order. */
export interface Record {
  readonly event: SchedulerEvent;
  readonly now: Instant;
  readonly decisions: readonly Decision[];
}

/** Plays a story to a scheduler. Stops are carried out at once, as a driver reports them. */
export class Live {
  readonly state: SchedulerState;
  readonly books = new Books(keeps);
  readonly records: Record[] = [];
  readonly #nodes: readonly NodeSpec[];
  now: Instant = 0;
  #wakeAt: Instant | undefined;
  #nextId = 0;

  constructor({ policy, nodes, tree }: Story) {
    this.state = createScheduler(policy, { keepImpossible: true });
    this.#nodes = nodes.map((capacity, i) => ({ id: `n${i}`, capacity: { ...capacity }, zone: `z${i % 2}` }));
    this.send({ type: "queues-changed", queues: trees[tree] ?? [] });
    for (const node of this.#nodes) this.send({ type: "node-up", node });
  }

  play(commands: readonly Command[]): void {
    for (const one of commands) this.#obey(one);
  }

  /** Lets all that runs complete, time pass and nodes come back, until nothing happens any more. */
  settle(): void {
    for (const node of this.#nodes) this.send({ type: "node-up", node });
    for (;;) {
      const [first] = this.books.in("running");
      if (first !== undefined) this.send({ type: "job-ended", jobId: first, outcome: "completed" });
      else if (this.#wakeAt !== undefined) this.#pass(this.#wakeAt - this.now);
      else return;
    }
  }

  send(event: SchedulerEvent): void {
    this.books.enter(event);
    const { decisions, wakeAt } = step(this.state, event, this.now);
    this.books.decide(decisions, this.now);
    this.records.push({ event, now: this.now, decisions });
    this.#wakeAt = wakeAt;
    for (const decision of decisions) {
      if (decision.type === "suspend") this.send({ type: "job-suspended", jobId: decision.jobId });
      if (decision.type === "preempt") this.send({ type: "job-ended", jobId: decision.jobId, outcome: "preempted" });
    }
  }

  #obey(one: Command): void {
    switch (one.do) {
      case "submit":
        return this.#submit([one.job], one.after);
      case "submit-gang": {
        const gang = { id: `g${this.#nextId}`, size: one.size };
        return this.#submit(Array.from({ length: one.size }, () => ({ ...one.job, gang })));
      }
      case "end":
        return this.#with(this.books.in("running"), one.which, (jobId) => this.send({ type: "job-ended", jobId, outcome: one.outcome }));
      case "end-some": {
        const jobs = this.books.in("running").slice(one.which % 3);
        const ends = one.outcomes.flatMap((outcome, i) => (jobs[i] === undefined ? [] : { jobId: jobs[i], outcome }));
        return this.send({ type: "jobs-ended", ends });
      }
      case "cancel":
        return this.#with([...this.books.jobs.keys()], one.which, (jobId) => this.send({ type: "job-ended", jobId, outcome: "cancelled" }));
      case "due":
        return this.#with(this.books.in("running"), one.which, (jobId) => {
          this.send({ type: "job-due", jobId });
          this.send({ type: "job-ended", jobId, outcome: "completed" });
        });
      case "overrun":
        return this.#with(this.books.in("running"), one.which, (jobId) => this.send({ type: "job-overran", jobId }));
      case "change":
        return this.#with(this.books.in("waiting"), one.which, (jobId) => this.send({ type: "job-changed", jobId, patch: one.patch }));
      case "reserve":
        return this.#reserve(one);
      case "unreserve":
        return this.send({ type: "reservation-removed", reservationId: `r${one.which % 2}` });
      case "wait":
        return this.#pass(one.ms);
      case "node":
        return this.#change(one.which, one.fate);
      case "queues":
        return this.send({ type: "queues-changed", queues: trees[one.which] ?? [] });
      case "policy":
        return this.send({ type: "policy-changed", policy: one.policy });
    }
  }

  #reserve({ which, fromMs, forMs, cpu }: Command & { readonly do: "reserve" }): void {
    const from = this.now + fromMs;
    const amounts = cpu === undefined ? {} : { amounts: { cpu } };
    const nodes = this.#nodes.slice(0, 1 + (which % 2)).map(({ id }) => id);
    this.send({ type: "reservation-added", reservation: { id: `r${which % 2}`, from, until: from + forMs, nodes, ...amounts } });
  }

  #submit(drafts: readonly JobDraft[], after?: number): void {
    const before = after === undefined ? undefined : [...this.books.jobs.keys()][after];
    const dependency = before === undefined ? {} : { after: [before] };
    this.send({ type: "jobs-submitted", jobs: drafts.map((one) => ({ ...one, ...dependency, id: `j${this.#nextId++}` })) });
  }

  #with(ids: readonly string[], place: number, then: (id: string) => void): void {
    const id = ids[place % Math.max(1, ids.length)];
    if (id !== undefined) then(id);
  }

  /** Lets time pass, with a clock event whenever one is wanted. */
  #pass(ms: Millis): void {
    const until = this.now + ms;
    while (this.#wakeAt !== undefined && this.#wakeAt <= until) {
      this.now = this.#wakeAt;
      this.send({ type: "clock" });
    }
    this.now = until;
  }

  #change(place: number, fate: "up" | "drained" | "down"): void {
    const node = this.#nodes[place % this.#nodes.length] as NodeSpec;
    if (fate === "up") this.send({ type: "node-up", node });
    else if (this.books.nodes.has(node.id)) this.send({ type: fate === "down" ? "node-down" : "node-drained", nodeId: node.id });
  }
}
