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
  type LockRefusal,
  type LockStep,
  type LocksState,
  type LockView,
  type PlacedClaim,
} from "@baton/scheduler";
import type { Store, StoredClaim } from "@baton/storage";
import type { Clock } from "../clock.ts";
import type { LogRecord } from "../log-record.ts";
import { Histogram, increment, longBounds } from "../stats.ts";
import { listedClaims, shownClaims, waiterGraceMs } from "./limits.ts";
import { entriesOf, subjectOf, type GivenUp } from "./lock-audit.ts";
import { LockCommitter } from "./lock-committer.ts";
import { lockUnknown } from "./lock-unknown.ts";
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
  readonly #released = new Map<string, number>();
  readonly #heldSeconds = new Histogram(longBounds);
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

  /** Nobody is told anything more; resolves when what was decided is stored, as far as the store takes it. */
  async stop(): Promise<void> {
    this.#alarm?.cancel();
    this.#stopping.abort();
    await this.#committer.close();
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

  async break(lock: LockName, claim?: string): Promise<readonly LockClaim[]> {
    const view = viewLock(this.#state, lock, Number.MAX_SAFE_INTEGER);
    if (view === null) throw lockUnknown(lock);
    const { kind, size, claims } = view;
    const meant = claims.filter(({ id, status }) => (claim === undefined ? status === "holding" : id === claim));
    if (meant.length === 0 && claim !== undefined) throw new LockRefused(noClaim(lock, claim));
    for (const { id } of meant) this.#step({ type: "release", lock, claim: id }, { how: "broken" });
    await this.#committer.durable();
    return meant.map((one) => ({ ...one, lock, kind, size }));
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
    const [granted, lost, refused, released] = [this.#granted, this.#lost, this.#refused, this.#released].map(Object.fromEntries);
    const counters = { granted: granted ?? {}, lost: lost ?? {}, refused: refused ?? {}, released: released ?? {} };
    return { counts: countLocks(this.#state), ...counters, heldSeconds: this.#heldSeconds.read() };
  }

  /** Asks for a lock for somebody on this server, who need not be heard of; tells when it holds, or is refused. */
  claim(event: AcquireEvent, settled: (settled: Settled) => void): void {
    const forget = this.#watches.onSettled(event.lock, event.claim, (outcome) => {
      forget();
      settled(outcome);
    });
    const told = (answer: LockAnswer): void => {
      if (answer.kind === "refused") this.#watches.settled(event.lock, event.claim, { refusal: answer.refusal });
      if (answer.kind === "claim" && answer.claim.token !== null)
        this.#watches.settled(event.lock, event.claim, { granted: { ...event, claim: answer.claim } });
    };
    this.#step(event, { told });
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

  #step(event: LockEvent, { told = ignored, how = "released" }: StepOptions = {}): LockAnswer {
    const now = this.#parts.clock.now();
    const before = event.type === "release" ? viewClaim(this.#state, event.lock, event.claim) : null;
    const step = stepLocks(this.#state, event, now);
    const isReleased = event.type === "release" && step.answer.kind === "released" && step.answer.released;
    const givenUp: GivenUp | undefined = isReleased && before !== null ? { lock: event.lock, claim: before, how } : undefined;
    this.#count(step, givenUp, now);
    this.#committer.add(step.changes, entriesOf(event, step, givenUp, now), step.lastToken, () => {
      this.#tell(step);
      if (isReleased) this.#watches.settled(event.lock, event.claim, { refusal: how === "broken" ? broken : withdrawn });
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

  #count({ granted, lost, answer }: LockStep<LocksState>, givenUp: GivenUp | undefined, now: Instant): void {
    for (const { kind } of granted) increment(this.#granted, kind);
    if (givenUp !== undefined && givenUp.claim.token !== null) {
      increment(this.#released, givenUp.how);
      this.#heldSeconds.record((now - givenUp.claim.since) / 1_000);
    }
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

interface StepOptions {
  /** Called with the answer when it is durable. */
  readonly told?: (answer: LockAnswer) => void;
  /** Who gives a claim up: whoever has it, or an operator. */
  readonly how?: GivenUp["how"];
}

const ignored = (): void => undefined;

function noClaim(lock: LockName, claim: string): LockRefusal {
  return { code: "lock-not-held", message: `Nobody holds ${subjectOf(lock)} or waits for it under the claim "${claim}".` };
}

const broken = { code: "lock-not-held", message: "An operator has taken the claim away." } as const;
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
