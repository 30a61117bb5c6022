// Locks once more, as simply as can be: one list of claims, everything found by walking through it. It is what the tests
// hold the real ones against. Whether there is a deadlock it finds by trying: whoever does not wait gives up all that is
// theirs, again and again; who is left over then can never go on.

/** A claim of the model. */
export interface ModelClaim {
  readonly lock: string;
  readonly id: string;
  readonly owner: string;
  readonly permits: number;
  readonly leaseMs: number;
  status: "waiting" | "holding" | "sleeping";
  until: number | null;
  condition: string;
}

/** All locks of the model; a lock is its number of permits. */
export class Model {
  claims: ModelClaim[] = [];
  now = 0;
  readonly #sizes: { readonly [lock: string]: number };

  constructor(sizes: { readonly [lock: string]: number }) {
    this.#sizes = sizes;
  }

  find(lock: string, id: string): ModelClaim | undefined {
    return this.claims.find((claim) => claim.lock === lock && claim.id === id);
  }

  holding(lock: string): readonly ModelClaim[] {
    return this.claims.filter((claim) => claim.lock === lock && claim.status === "holding");
  }

  waiting(lock: string): readonly ModelClaim[] {
    return this.claims.filter((claim) => claim.lock === lock && claim.status === "waiting");
  }

  acquire(claim: Omit<ModelClaim, "status" | "until" | "condition">, waitMs: number | null): "holding" | "waiting" | "held" | "deadlock" {
    const { lock, id } = claim;
    const until = waitMs === null ? null : this.now + waitMs;
    this.claims.push({ ...claim, status: "waiting", until, condition: "" });
    this.#grant();
    const { status } = this.find(lock, id) ?? { status: "waiting" };
    if (status === "holding") return "holding";
    const refusal = waitMs === 0 ? "held" : this.#isStuck(claim.owner) ? "deadlock" : undefined;
    if (refusal !== undefined) this.#remove(lock, id);
    return refusal ?? "waiting";
  }

  renew(lock: string, id: string): boolean {
    const claim = this.find(lock, id);
    if (claim?.status !== "holding") return false;
    claim.until = this.now + claim.leaseMs;
    return true;
  }

  release(lock: string, id: string): boolean {
    if (this.find(lock, id) === undefined) return false;
    this.#remove(lock, id);
    this.#grant();
    return true;
  }

  sleep(lock: string, id: string, condition: string, waitMs: number | null): boolean {
    const claim = this.find(lock, id);
    // Asked twice: it sleeps already, or has been woken.
    if (claim?.status !== "holding") return claim?.condition === condition;
    this.#toTheEnd(claim, { status: "sleeping", condition, until: waitMs === null ? null : this.now + waitMs });
    this.#grant();
    return true;
  }

  notify(lock: string, id: string, condition: string, count: number): number | null {
    if (this.find(lock, id)?.status !== "holding") return null;
    const sleeping = this.claims.filter((claim) => claim.lock === lock && claim.status === "sleeping" && claim.condition === condition);
    const woken = sleeping.slice(0, count);
    for (const claim of woken) this.#wake(claim);
    return woken.length;
  }

  /** Time goes on, one instant after the other. */
  pass(ms: number): void {
    for (let i = 0; i < ms; i++) {
      this.now++;
      for (const claim of this.claims.filter(({ until }) => until === this.now)) {
        if (claim.status === "sleeping") this.#wake(claim);
        else this.#remove(claim.lock, claim.id);
        this.#grant();
      }
    }
  }

  #wake(claim: ModelClaim): void {
    this.#toTheEnd(claim, { status: "waiting", until: null });
    if (this.#isStuck(claim.owner)) this.#remove(claim.lock, claim.id);
  }

  #toTheEnd(claim: ModelClaim, change: Partial<ModelClaim>): void {
    this.#remove(claim.lock, claim.id);
    Object.assign(claim, change);
    this.claims.push(claim);
  }

  #remove(lock: string, id: string): void {
    this.claims = this.claims.filter((claim) => claim.lock !== lock || claim.id !== id);
  }

  #grant(): void {
    for (const [lock, size] of Object.entries(this.#sizes)) {
      for (const claim of this.waiting(lock)) {
        const used = this.holding(lock).reduce((sum, { permits }) => sum + permits, 0);
        if (used + claim.permits > size) break;
        claim.status = "holding";
        claim.until = this.now + claim.leaseMs;
      }
    }
  }

  #isStuck(owner: string): boolean {
    const trial = new Model(this.#sizes);
    trial.claims = this.claims.map((claim) => ({ ...claim }));
    for (;;) {
      trial.#grant();
      const waits = new Set(trial.claims.filter(({ status }) => status === "waiting").map((claim) => claim.owner));
      const kept = trial.claims.filter((claim) => waits.has(claim.owner));
      if (kept.length === trial.claims.length) return waits.has(owner);
      trial.claims = kept;
    }
  }
}
