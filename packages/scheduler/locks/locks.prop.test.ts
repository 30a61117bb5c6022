// Locks against the model: whatever is asked in whatever order, they agree on who holds, who waits in which place, and what
// was refused; tokens grow; nobody who could go on is left waiting.
import * as fc from "fast-check";
import { expect, test } from "vitest";
import { stepLocks, createLocks, restoreLocks, type LocksState } from "./step.ts";
import { Model } from "./testing/model.ts";
import type { Claim, LockAnswer, LockEvent, LockKind, LockName, LockStep } from "./types.ts";
import { allClaims, viewLock } from "./view.ts";

const shapes: { readonly [name: string]: { readonly kind: LockKind; readonly size: number } } = {
  a: { kind: "mutex", size: 1 },
  b: { kind: "mutex", size: 1 },
  c: { kind: "semaphore", size: 3 },
  d: { kind: "rwlock", size: 100 },
};
const sizes = Object.fromEntries(Object.entries(shapes).map(([name, { size }]) => [name, size]));
const runs = Number(process.env["BATON_PROPERTY_RUNS"] ?? 300);

type Command =
  | {
      readonly do: "acquire";
      readonly lock: string;
      readonly id: string;
      readonly owner: string;
      readonly want: number;
      readonly leaseMs: number;
      readonly waitMs: number | null;
    }
  | { readonly do: "renew" | "release"; readonly lock: string; readonly id: string }
  | { readonly do: "sleep"; readonly lock: string; readonly id: string; readonly condition: string; readonly waitMs: number | null }
  | { readonly do: "notify"; readonly lock: string; readonly id: string; readonly condition: string; readonly count: number }
  | { readonly do: "pass"; readonly ms: number };

const lock = fc.constantFrom(...Object.keys(shapes));
const claim = fc.integer({ min: 0, max: 11 });
const waitMs = fc.oneof({ weight: 4, arbitrary: fc.constant(null) }, { weight: 1, arbitrary: fc.constantFrom(0, 3, 8) });
const condition = fc.constantFrom("x", "y");
const at = { lock, id: claim.map(String) };

/** Each claim belongs to one of four owners, so that owners have several. */
const acquire = fc
  .record({ lock, claim, want: fc.integer({ min: 1, max: 3 }), leaseMs: fc.constantFrom(4, 20, 100), waitMs })
  .map(({ claim: n, ...rest }) => ({ do: "acquire" as const, id: String(n), owner: `owner ${n % 4}`, ...rest }));

const commands = fc.array(
  fc.oneof<fc.WeightedArbitrary<Command>[]>(
    { weight: 8, arbitrary: acquire },
    { weight: 4, arbitrary: fc.record({ do: fc.constantFrom("renew" as const, "release" as const), ...at }) },
    { weight: 2, arbitrary: fc.record({ do: fc.constant("sleep" as const), ...at, condition, waitMs: fc.constantFrom(null, 5) }) },
    {
      weight: 2,
      arbitrary: fc.record({ do: fc.constant("notify" as const), ...at, condition, count: fc.integer({ min: 1, max: 3 }) }),
    },
    { weight: 2, arbitrary: fc.record({ do: fc.constant("pass" as const), ms: fc.integer({ min: 1, max: 6 }) }) },
  ),
  { maxLength: 60 },
);

const nameOf = (name: string): LockName => ({ tenant: "t", namespace: "default", name });

/** What a reader or a writer, or who wants some permits, asks for. */
function permitsOf(name: string, want: number): number {
  if (name === "d") return want === 1 ? 100 : 1;
  return shapes[name]?.kind === "semaphore" ? want : 1;
}

/** The real locks and the model, told the same. */
class Pair {
  state: LocksState = createLocks();
  readonly model = new Model(sizes);
  readonly #tokens = new Map<string, number>();

  run(command: Command): void {
    switch (command.do) {
      case "pass":
        return this.#pass(command.ms);
      case "acquire":
        return this.#acquire(command);
      case "renew":
        expect(answered(this.#step({ type: "renew", ...this.#held(command) }))).toBe(this.model.renew(command.lock, command.id));
        return;
      case "release":
        expect(this.#step({ type: "release", lock: nameOf(command.lock), claim: command.id })).toEqual({
          kind: "released",
          released: this.model.release(command.lock, command.id),
        });
        return;
      case "sleep":
        return this.#sleep(command);
      case "notify":
        return this.#notify(command);
    }
  }

  #acquire(command: Extract<Command, { do: "acquire" }>): void {
    const { lock: name, id, owner, want, leaseMs, waitMs: patience } = command;
    const permits = permitsOf(name, want);
    const known = this.model.find(name, id);
    const shape = shapes[name] ?? { kind: "mutex", size: 1 };
    const asked = {
      type: "acquire",
      lock: nameOf(name),
      claim: id,
      owner,
      permits,
      leaseMs,
      waitMs: patience,
      graceMs: null,
      value: null,
    } as const;
    const answer = this.#step({ ...asked, ...shape });
    const expected = known?.status ?? this.model.acquire({ lock: name, id, owner, permits, leaseMs }, patience);
    expect(verdict(answer)).toBe(expected);
    if (expected === "deadlock") this.#checkCycle(answer, owner);
  }

  /** Each step of the circle is true: that owner waits for that lock (the first one would), which the next one stands before. */
  #checkCycle(answer: LockAnswer, owner: string): void {
    const cycle = answer.kind === "refused" ? (answer.refusal.cycle ?? []) : [];
    expect(cycle[0]?.owner).toBe(owner);
    cycle.forEach((step, i) => {
      const next = cycle[(i + 1) % cycle.length]?.owner ?? owner;
      const claims = this.model.claims.filter(({ lock: name, status }) => name === step.waitsFor.name && status !== "sleeping");
      expect(claims.some((one) => one.owner === next)).toBe(true);
      if (i > 0) expect(claims.some((one) => one.owner === step.owner && one.status === "waiting")).toBe(true);
    });
  }

  #sleep({ lock: name, id, condition: in_, waitMs: patience }: Extract<Command, { do: "sleep" }>): void {
    const answer = this.#step({ type: "sleep", ...this.#held({ lock: name, id }), condition: in_, waitMs: patience, graceMs: null });
    if (shapes[name]?.kind === "mutex") expect(answered(answer)).toBe(this.model.sleep(name, id, in_, patience));
    else expect(answered(answer)).toBe(false);
  }

  #notify({ lock: name, id, condition: in_, count }: Extract<Command, { do: "notify" }>): void {
    const answer = this.#step({ type: "notify", ...this.#held({ lock: name, id }), condition: in_, count });
    const woken = this.model.notify(name, id, in_, count);
    expect(answer.kind === "notified" ? answer.count : null).toBe(woken);
  }

  /** Instant by instant, as the alarms of a server would. */
  #pass(ms: number): void {
    for (let i = 0; i < ms; i++) {
      this.model.pass(1);
      this.#step({ type: "clock" });
    }
  }

  #held({ lock: name, id }: { readonly lock: string; readonly id: string }): {
    readonly lock: LockName;
    readonly claim: string;
    readonly token: number;
  } {
    return { lock: nameOf(name), claim: id, token: this.#tokens.get(`${name} ${id}`) ?? 0 };
  }

  #step(event: LockEvent): LockAnswer {
    const step: LockStep<LocksState> = stepLocks(this.state, event, this.model.now);
    for (const { lock: name, claim: given } of step.granted) this.#granted(name.name, given);
    return step.answer;
  }

  #granted(name: string, { id, token }: Claim): void {
    const before = [...this.#tokens.values()];
    expect(token).toBeGreaterThan(Math.max(0, ...before));
    this.#tokens.set(`${name} ${id}`, token ?? 0);
  }

  /** Both have the same claims in the same places, and nobody waits who need not. */
  compare(): void {
    for (const [name, size] of Object.entries(sizes)) {
      const real = viewLock(this.state, nameOf(name), 100);
      const claims = real?.claims ?? [];
      const idsOf = (status: Claim["status"]): string[] => claims.filter((one) => one.status === status).map(({ id }) => id);
      expect(idsOf("holding").sort()).toEqual(
        this.model
          .holding(name)
          .map(({ id }) => id)
          .sort(),
      );
      expect(idsOf("waiting")).toEqual(this.model.waiting(name).map(({ id }) => id));
      const used = claims.filter(({ status }) => status === "holding").reduce((sum, { permits }) => sum + permits, 0);
      expect(used).toBe(real?.used ?? 0);
      expect(used).toBeLessThanOrEqual(size);
      const head = claims.find(({ status }) => status === "waiting");
      if (head !== undefined) expect(used + head.permits).toBeGreaterThan(size);
    }
  }

  /** As a server does that was killed and started again. */
  restart(): void {
    const stored = allClaims(this.state);
    const lastToken = Math.max(0, ...this.#tokens.values());
    this.state = restoreLocks(stored, lastToken, this.model.now, { graceMs: 1, mustBeHeard: () => false });
  }
}

function answered(answer: LockAnswer): boolean {
  return answer.kind === "claim";
}

function verdict(answer: LockAnswer): string {
  if (answer.kind === "claim") return answer.claim.status;
  return answer.kind === "refused" ? answer.refusal.code.replace("lock-", "") : answer.kind;
}

test("locks agree with the model, whatever is asked of them", () => {
  fc.assert(
    fc.property(commands, (given) => {
      const pair = new Pair();
      for (const command of given) {
        pair.run(command);
        pair.compare();
      }
    }),
    { numRuns: runs },
  );
});

test("a restart at any point changes nothing", () => {
  fc.assert(
    fc.property(commands, fc.integer({ min: 1, max: 5 }), (given, every) => {
      const pair = new Pair();
      given.forEach((command, i) => {
        if (i % every === 0) pair.restart();
        pair.run(command);
        pair.compare();
      });
    }),
    { numRuns: Math.ceil(runs / 3) },
  );
});

test("with mutexes alone there is a deadlock exactly where who waits for whom goes round in a circle", () => {
  const wish = fc.record({ owner: fc.integer({ min: 0, max: 4 }), lock: fc.integer({ min: 0, max: 4 }) });
  fc.assert(
    fc.property(fc.array(wish, { maxLength: 25 }), (wishes) => {
      const state = createLocks();
      const holder = new Map<number, number>();
      const waits: { owner: number; lock: number }[] = [];
      wishes.forEach(({ owner, lock: n }, i) => {
        const asked = {
          type: "acquire",
          kind: "mutex",
          size: 1,
          permits: 1,
          leaseMs: null,
          waitMs: null,
          graceMs: null,
          value: null,
        } as const;
        const { answer } = stepLocks(state, { ...asked, lock: nameOf(`l${n}`), claim: `c${i}`, owner: `o${owner}` }, 0);
        const free = !holder.has(n);
        const circle = !free && goesRound([...waits, { owner, lock: n }], holder, owner);
        expect(verdict(answer)).toBe(free ? "holding" : circle ? "deadlock" : "waiting");
        if (free) holder.set(n, owner);
        else if (!circle) waits.push({ owner, lock: n });
      });
    }),
    { numRuns: runs },
  );
});

/** Whether whoever an owner waits for, directly or not, is that owner: those who hold, and those who wait before. */
function goesRound(waits: readonly { owner: number; lock: number }[], holder: ReadonlyMap<number, number>, from: number): boolean {
  const reached = new Set<number>();
  const todo = [from];
  for (let owner = todo.pop(); owner !== undefined; owner = todo.pop()) {
    waits.forEach((wait, i) => {
      if (wait.owner !== owner) return;
      const earlier = waits.slice(0, i).filter((one) => one.lock === wait.lock);
      for (const next of [holder.get(wait.lock) ?? -1, ...earlier.map((one) => one.owner)]) {
        if (!reached.has(next)) todo.push(next);
        reached.add(next);
      }
    });
  }
  return reached.has(from);
}
