// The jobs that a simulation runs: one typed array per attribute, so that a log of millions of jobs fits in memory
// (about 60 bytes a job) and the event loop touches nothing else. Rows are in the order of submission; jobs that
// are submitted at the same time keep the order of their source. Nothing is changed after `finish`.
import type { JobSpec } from "@baton/scheduler";

/** What one job asks for, as a source describes it. Times are in the workload's unit. */
export interface JobRow {
  readonly id: string | number;
  readonly submit: number;
  /** How long it really runs once started. */
  readonly run: number;
  /** How long its owner said it would run at most; it is stopped then. */
  readonly request: number;
  /** One amount per resource of the workload, in its order. */
  readonly amounts: readonly number[];
  readonly tenant: string;
  readonly weight?: number;
  readonly priority?: number;
  readonly deadline?: number;
}

/** One resource and how much of it each job holds while it runs. */
export interface ResourceColumn {
  readonly name: string;
  readonly amount: Float64Array;
}

/** Jobs, column by column. */
export interface Workload {
  readonly name: string;
  /** Milliseconds per unit of time: 1,000 for logs that count seconds. */
  readonly unitMs: number;
  readonly count: number;
  readonly ids: readonly string[];
  readonly submit: Float64Array;
  readonly run: Float64Array;
  readonly request: Float64Array;
  readonly resources: readonly ResourceColumn[];
  /** Number of each job's tenant in `tenants`. */
  readonly tenant: Int32Array;
  readonly tenants: readonly string[];
  /** The queue in which each tenant's jobs wait, where the cluster has queues and the jobs name none themselves. */
  readonly queueOfTenant?: readonly string[];
  readonly weight: Float64Array;
  readonly priority: Float64Array;
  /** Infinity where a job has none. */
  readonly deadline: Float64Array;
  /** What is submitted, where the source knows more of its jobs than the columns hold. */
  readonly specs?: readonly JobSpec[];
  /** Jobs of one instant are submitted in one event, because they may wait for each other. */
  readonly together?: boolean;
  /** For the tasks of one graph: the rows of the jobs that each waits for. */
  readonly predecessors?: readonly (readonly number[])[];
}

/** The priority of a job that names none, in the middle of 0 to 100. */
export const defaultPriority = 50;

const firstCapacity = 1024;

/** A column of numbers that grows. */
class Column {
  #values = new Float64Array(firstCapacity);
  #length = 0;

  push(value: number): void {
    if (this.#length === this.#values.length) {
      const larger = new Float64Array(this.#length * 2);
      larger.set(this.#values);
      this.#values = larger;
    }
    this.#values[this.#length++] = value;
  }

  /** The values, in the order that `order` gives as row numbers; as they came where there is none. */
  inOrder(order: Uint32Array | undefined): Float64Array {
    if (order === undefined) return this.#values.slice(0, this.#length);
    const sorted = new Float64Array(order.length);
    for (let i = 0; i < order.length; i++) sorted[i] = this.#values[order[i] as number] as number;
    return sorted;
  }

  at(row: number): number {
    return this.#values[row] as number;
  }
}

/** Collects jobs in any order and gives them back as a workload in the order of submission. */
export class WorkloadBuilder {
  readonly #name: string;
  readonly #unitMs: number;
  readonly #resources: readonly string[];
  readonly #ids: string[] = [];
  /** Rows have come in the order of submission, as those of most logs and of all generated loads do. */
  #isInOrder = true;
  readonly #tenantNumbers = new Map<string, number>();
  readonly #amounts: readonly Column[];
  readonly #columns = {
    submit: new Column(),
    run: new Column(),
    request: new Column(),
    tenant: new Column(),
    weight: new Column(),
    priority: new Column(),
    deadline: new Column(),
  };

  constructor(name: string, unitMs: number, resources: readonly string[]) {
    this.#name = name;
    this.#unitMs = unitMs;
    this.#resources = resources;
    this.#amounts = resources.map(() => new Column());
  }

  get count(): number {
    return this.#ids.length;
  }

  add(row: JobRow): void {
    const columns = this.#columns;
    const last = this.#ids.length - 1;
    if (last >= 0 && row.submit < columns.submit.at(last)) this.#isInOrder = false;
    this.#ids.push(String(row.id));
    columns.submit.push(row.submit);
    columns.run.push(row.run);
    columns.request.push(row.request);
    columns.tenant.push(this.#tenantNumber(row.tenant));
    columns.weight.push(row.weight ?? 1);
    columns.priority.push(row.priority ?? defaultPriority);
    columns.deadline.push(row.deadline ?? Number.POSITIVE_INFINITY);
    this.#amounts.forEach((column, i) => column.push(row.amounts[i] ?? 0));
  }

  finish(): Workload {
    const { submit, run, request, tenant, weight, priority, deadline } = this.#columns;
    const order = this.#isInOrder
      ? undefined
      : Uint32Array.from(this.#ids, (_, row) => row).sort((a, b) => submit.at(a) - submit.at(b) || a - b);
    return {
      name: this.#name,
      unitMs: this.#unitMs,
      count: this.#ids.length,
      ids: order === undefined ? this.#ids.slice() : Array.from(order, (row) => this.#ids[row] as string),
      submit: submit.inOrder(order),
      run: run.inOrder(order),
      request: request.inOrder(order),
      resources: this.#resources.map((name, i) => ({ name, amount: (this.#amounts[i] as Column).inOrder(order) })),
      tenant: Int32Array.from(tenant.inOrder(order)),
      tenants: [...this.#tenantNumbers.keys()],
      weight: weight.inOrder(order),
      priority: priority.inOrder(order),
      deadline: deadline.inOrder(order),
    };
  }

  #tenantNumber(name: string): number {
    const known = this.#tenantNumbers.get(name);
    if (known !== undefined) return known;
    const next = this.#tenantNumbers.size;
    this.#tenantNumbers.set(name, next);
    return next;
  }
}
