// Named locks on a server: the state machine, driven. An event is decided at once, in memory; whoever asked is told when what
// it led to is durable. One alarm is set for the next lease or wait that ends.
import { defined, type Instant, type Json, type Millis } from "@baton/core";
import {
  allClaims,
  countLocks,
  createLocks,
  listLocks,
  LockRefused,
  restoreLocks,
  stepLocks,
  viewClaim,
  viewLock,
  type AcquireEvent,
  type Claim,
  type LockAnswer,
  type LockEvent,
  type LockKind,
  type LockName,
  type LockStep,
  type LocksState,
  type LockView,
  type PlacedClaim,
} from "@baton/scheduler";
import type { Store, StoredClaim } from "@baton/storage";
import type { Clock } from "../clock.ts";
import type { LogRecord } from "../log-record.ts";
import { increment } from "../stats.ts";
import { listedClaims, shownClaims, waiterGraceMs } from "./limits.ts";
import { LockCommitter } from "./lock-committer.ts";
import type { HeldClaim, Hold, LockClaim, LockDesk, LockRequest, LockStats, LockUpdate } from "./lock-desk.ts";
import { LockWatches, type Settled } from "./lock-watches.ts";

/** What locks are kept with. */
export interface LocksParts {
  readonly store: Pick<Store, "commitLocks" | "loadLocks">;
  readonly clock: Clock;
  readonly log: (record: LogRecord) => void;
}

/** The locks of all tenants. */
export class Locks implements LockDesk {
  readonly #parts: LocksParts;
  readonly #committer: LockCommitter;
  readonly #watches = new LockWatches();
  readonly #granted = new Map<string, number>();
  readonly #lost = new Map<string, number>();
  readonly #refused = new Map<string, number>();
  readonly #stopping = new AbortController();
  #state: LocksState = createLocks();
  #alarm: { readonly at: Instant; readonly cancel: () => void } | undefined;

  constructor(parts: LocksParts) {
    this.#parts = parts;
    this.#committer = new LockCommitter(parts);
  }

  /** Takes up what the store holds: leases with what is left of them, and whoever waits in its place. */
  async recover(): Promise<void> {
    const { claims, lastToken } = await this.#parts.store.loadLocks();
    const mustBeHeard = ({ claim }: PlacedClaim): boolean => claim.leaseMs !== null;
    const grace = { graceMs: waiterGraceMs, mustBeHeard };
    this.#state = restoreLocks(claims.map(fromStored), lastToken, this.#parts.clock.now(), grace);
    this.#step({ type: "clock" });
  }

  /** Nobody is told anything more; resolves when what was decided is stored. */
  async stop(): Promise<void> {
    this.#alarm?.cancel();
    this.#stopping.abort();
    await this.#committer.idle();
  }

  acquire({ lock, ...request }: LockRequest, hold: Hold): Promise<LockClaim> {
    return this.#ask({ type: "acquire", lock, ...request, graceMs: hold.ms + waiterGraceMs }, hold);
  }

  sleep(held: HeldClaim, { condition, waitMs }: { condition: string; waitMs: Millis | null }, hold: Hold): Promise<LockClaim> {
    return this.#ask({ type: "sleep", ...held, condition, waitMs, graceMs: hold.ms + waiterGraceMs }, hold);
  }

  renew(held: HeldClaim, change: { readonly leaseMs?: Millis; readonly value?: Json }): Promise<LockClaim> {
    return this.#durably({ type: "renew", ...held, ...change });
  }

  async release(claim: { readonly lock: LockName; readonly claim: string; readonly token?: number }): Promise<boolean> {
    const answer = this.#step({ type: "release", ...claim });
    await this.#committer.durable();
    return answer.kind === "released" && answer.released;
  }

  async notify(held: HeldClaim, { condition, count }: { condition: string; count: number }): Promise<number> {
    const answer = this.#step({ type: "notify", ...held, condition, count });
    await this.#committer.durable();
    if (answer.kind === "refused") throw new LockRefused(answer.refusal);
    return answer.kind === "notified" ? answer.count : 0;
  }

  get(lock: LockName): LockView | null {
    return viewLock(this.#state, lock, shownClaims);
  }

  list(tenant: string, query: { readonly namespace?: string; readonly after?: LockName; readonly limit: number }): readonly LockView[] {
    return listLocks(this.#state, tenant, { ...query, claims: listedClaims });
  }

  watch(lock: LockName, listener: (update: LockUpdate) => void): () => void {
    let version = 1;
    listener({ version, lock: this.get(lock) });
    return this.#watches.onChange(lock, () => listener({ version: ++version, lock: this.get(lock) }));
  }

  stats(): LockStats {
    const [granted, lost, refused] = [this.#granted, this.#lost, this.#refused].map((counts) => Object.fromEntries(counts));
    return { counts: countLocks(this.#state), granted: granted ?? {}, lost: lost ?? {}, refused: refused ?? {} };
  }

  /** Asks for a lock for somebody on this server, who need not be heard of; tells when it holds, or is refused. */
  claim(event: AcquireEvent, settled: (settled: Settled) => void): void {
    const forget = this.#watches.onSettled(event.lock, event.claim, (outcome) => {
      forget();
      settled(outcome);
    });
    this.#step(event, (answer) => {
      if (answer.kind === "refused") this.#watches.settled(event.lock, event.claim, { refusal: answer.refusal });
      if (answer.kind === "claim" && answer.claim.token !== null)
        this.#watches.settled(event.lock, event.claim, { granted: { ...event, claim: answer.claim } });
    });
  }

  /** Gives up what somebody on this server holds or waits for. */
  drop(lock: LockName, claim: string): void {
    this.#step({ type: "release", lock, claim });
  }

  /** Every claim that there is. */
  claims(): readonly PlacedClaim[] {
    return allClaims(this.#state);
  }

  /** A claim with its place and reason; null: it is not there. */
  look(lock: LockName, claim: string): LockClaim | null {
    const found = viewClaim(this.#state, lock, claim);
    const view = found && viewLock(this.#state, lock, 0);
    return found && view && { ...found, lock, kind: view.kind, size: view.size };
  }

  /** Asks, then waits as long as it may until the claim holds or is gone. */
  async #ask(event: Extract<LockEvent, { readonly type: "acquire" | "sleep" }>, hold: Hold): Promise<LockClaim> {
    const { lock, claim } = event;
    const wait = new Wait();
    const forget = this.#watches.onSettled(lock, claim, (settled) => wait.end(settled));
    try {
      const asked = await this.#durably(event);
      if (asked.token !== null || hold.ms === 0) return asked;
      await this.#within(hold, wait);
      if (wait.settled === undefined) this.#step({ type: "heard", lock, claim, graceMs: waiterGraceMs });
      const now = this.look(lock, claim);
      // What is decided and not yet stored is not told: it is waited for.
      if (wait.settled === undefined && now?.token !== null) await this.#committer.durable();
      return wait.settled === undefined ? (now ?? asked) : outcomeOf(lock, wait.settled);
    } finally {
      forget();
    }
  }

  async #within(hold: Hold, wait: Wait): Promise<void> {
    const over = (): void => wait.end();
    const forgetTime = this.#parts.clock.after(hold.ms, over);
    const signal = AbortSignal.any([hold.signal, this.#stopping.signal]);
    signal.addEventListener("abort", over);
    if (signal.aborted) over();
    await wait.ended;
    signal.removeEventListener("abort", over);
    forgetTime();
  }

  /** The claim as it is with this event, once that is durable. */
  async #durably(event: Extract<LockEvent, { readonly type: "acquire" | "sleep" | "renew" }>): Promise<LockClaim> {
    const answer = this.#step(event);
    const view = this.look(event.lock, event.claim);
    await this.#committer.durable();
    if (answer.kind === "refused") throw new LockRefused(answer.refusal);
    return defined(view, `the claim ${event.claim}`);
  }

  #step(event: LockEvent, told: (answer: LockAnswer) => void = () => undefined): LockAnswer {
    const step = stepLocks(this.#state, event, this.#parts.clock.now());
    this.#count(step);
    const released = event.type === "release" && step.answer.kind === "released" && step.answer.released ? event : undefined;
    this.#committer.add(step.changes, step.lastToken, () => {
      this.#tell(step);
      if (released !== undefined) this.#watches.settled(released.lock, released.claim, { refusal: withdrawn });
      told(step.answer);
    });
    this.#setAlarm(step.wakeAt);
    return step.answer;
  }

  #tell({ granted, lost, changes }: LockStep<LocksState>): void {
    for (const one of granted) this.#watches.settled(one.lock, one.claim.id, { granted: one });
    for (const { lock, claim, refusal } of lost) this.#watches.settled(lock, claim.id, { refusal });
    this.#watches.changed(changes.map(({ lock }) => lock));
  }

  #count({ granted, lost, answer }: LockStep<LocksState>): void {
    for (const { kind } of granted) increment(this.#granted, kind);
    for (const { why } of lost) increment(this.#lost, why);
    if (answer.kind === "refused") increment(this.#refused, answer.refusal.code);
  }

  #setAlarm(at: Instant | null): void {
    if (this.#alarm?.at === at || this.#stopping.signal.aborted) return;
    this.#alarm?.cancel();
    this.#alarm = undefined;
    if (at === null) return;
    const ms = Math.min(Math.max(0, at - this.#parts.clock.now()), longestTimerMs);
    const ring = (): void => {
      this.#alarm = undefined;
      this.#step({ type: "clock" });
    };
    this.#alarm = { at, cancel: this.#parts.clock.after(ms, ring) };
  }
}

/** What a timer can be set to; a later alarm is set again when it rings. */
const longestTimerMs: Millis = 2 ** 31 - 1;

const withdrawn = { code: "lock-not-held", message: "The claim was released while it waited." } as const;

/** A wait that ends once: when the claim is settled, or when nobody waits any longer. */
class Wait {
  readonly #ended = Promise.withResolvers<void>();
  settled: Settled | undefined;

  get ended(): Promise<void> {
    return this.#ended.promise;
  }

  end(settled?: Settled): void {
    this.settled ??= settled;
    this.#ended.resolve();
  }
}

function outcomeOf(lock: LockName, settled: Settled): LockClaim {
  if ("refusal" in settled) throw new LockRefused(settled.refusal);
  const { claim, kind, size } = settled.granted;
  return { ...claim, ahead: null, reason: null, lock, kind, size };
}

function fromStored({ tenant, namespace, lock: name, state }: StoredClaim): PlacedClaim {
  const { kind, size, ...claim } = JSON.parse(state) as Claim & { readonly kind: LockKind; readonly size: number };
  return { lock: { tenant, namespace, name }, kind, size, claim };
}
