// Fairness between tenants: what each received over what was due to it.
//
// Due is what a perfectly divisible cluster would have given: at every instant its capacity is shared by weighted
// max-min fairness among the tenants that have work, none above what it asks for. A tenant's demand is what its
// submitted, unfinished jobs request together. So a tenant that asked for little is not "treated unfairly" for
// having received little, and a policy that leaves capacity idle while somebody asks for it is charged for it.

/** Jain's index, (sum x)^2 / (n sum x^2): 1 when all are equal, 1/n when one has everything. 1 for an empty list. */
export function jainIndex(values: ArrayLike<number>): number {
  let sum = 0;
  let squares = 0;
  for (let i = 0; i < values.length; i++) {
    const value = values[i] as number;
    sum += value;
    squares += value * value;
  }
  return squares === 0 ? 1 : (sum * sum) / (values.length * squares);
}

/** Weighted max-min fair shares of `capacity`: each gets its demand, or weight times one common level, whichever is less. */
export function fairShares(capacity: number, demands: ArrayLike<number>, weights: ArrayLike<number>): number[] {
  const order = Array.from({ length: demands.length }, (_, i) => i).sort(
    (a, b) => (demands[a] as number) / (weights[a] as number) - (demands[b] as number) / (weights[b] as number) || a - b,
  );
  const shares = order.map(() => 0);
  let left = capacity;
  let weightLeft = order.reduce((sum, i) => sum + (weights[i] as number), 0);
  for (const i of order) {
    const weight = weights[i] as number;
    const share = Math.min(demands[i] as number, weightLeft > 0 ? (left * weight) / weightLeft : 0);
    shares[i] = share;
    left -= share;
    weightLeft -= weight;
  }
  return shares;
}

/** What `tenantShares` needs to know of the jobs: one entry per job in each list. */
export interface SharedWork {
  readonly submit: ArrayLike<number>;
  readonly end: ArrayLike<number>;
  readonly duration: ArrayLike<number>;
  /** How much of the resource the job holds while it runs. */
  readonly amount: ArrayLike<number>;
  /** The number of the job's tenant, from 0. */
  readonly tenant: ArrayLike<number>;
}

/** One tenant's account, in resource times time. */
export interface TenantShare {
  readonly received: number;
  readonly due: number;
}

/** What each tenant received of `capacity` and what was due to it, over the life of `work`. */
export function tenantShares(work: SharedWork, capacity: number, weights: ArrayLike<number>): TenantShare[] {
  const received = Array.from(weights, () => 0);
  for (let i = 0; i < work.submit.length; i++) {
    const tenant = work.tenant[i] as number;
    received[tenant] = (received[tenant] as number) + (work.duration[i] as number) * (work.amount[i] as number);
  }
  const due = dueShares(work, capacity, weights);
  return received.map((amount, tenant) => ({ received: amount, due: due[tenant] as number }));
}

/** The integral over time of the fair shares of what is being asked for. */
function dueShares(work: SharedWork, capacity: number, weights: ArrayLike<number>): number[] {
  const due = Array.from(weights, () => 0);
  const demand = Array.from(weights, () => 0);
  const active = new Set<number>();
  const credit = (span: number): void => {
    const tenants = [...active];
    const shares = fairShares(
      capacity,
      tenants.map((tenant) => demand[tenant] as number),
      tenants.map((tenant) => weights[tenant] as number),
    );
    tenants.forEach((tenant, k) => {
      due[tenant] = (due[tenant] as number) + (shares[k] as number) * span;
    });
  };
  let now = Number.NEGATIVE_INFINITY;
  for (const { time, job, sign } of changes(work)) {
    if (time > now && active.size > 0) credit(time - now);
    now = time;
    const tenant = work.tenant[job] as number;
    const asked = (demand[tenant] as number) + sign * (work.amount[job] as number);
    demand[tenant] = asked;
    if (asked > 0) active.add(tenant);
    else active.delete(tenant);
  }
  return due;
}

/** Every submission and every end, in the order of time. */
function* changes(work: SharedWork): Generator<{ time: number; job: number; sign: 1 | -1 }> {
  const submissions = orderBy(work.submit);
  const ends = orderBy(work.end);
  let s = 0;
  let e = 0;
  while (e < ends.length) {
    const submitted = submissions[s];
    const ended = ends[e] as number;
    const submission = submitted !== undefined && (work.submit[submitted] as number) <= (work.end[ended] as number);
    const job = submission ? submitted : ended;
    yield { time: (submission ? work.submit[job] : work.end[job]) as number, job, sign: submission ? 1 : -1 };
    if (submission) s++;
    else e++;
  }
}

function orderBy(times: ArrayLike<number>): Uint32Array {
  return Uint32Array.from({ length: times.length }, (_, i) => i).sort((a, b) => (times[a] as number) - (times[b] as number));
}
