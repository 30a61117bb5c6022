// A second simulator of the published backfilling policies, slow and simple, as the truth for random logs. It shares no code with
// the real one: it reads the text of a log itself, counts in seconds, and asks a list of intervals what is free.
//
// At one instant: predictions that expire, then submissions, then ends, then starts; ties in the order in which they were caused.
// The scheduler decides after each single submission and end. Free is what the ESTIMATES leave free.

/** A variant of backfilling, by the name that the literature uses. */
export type Variant =
  | "fcfs"
  | "easy"
  | "easy-clairvoyant"
  | "conservative"
  | "sjbf-reqtime"
  | "sjbf-clairvoyant"
  | "sjbf-avg2-reqtime"
  | "sjbf-avg2-tsafrir";

interface Row {
  readonly id: string;
  readonly submit: number;
  readonly run: number;
  readonly request: number;
  readonly size: number;
  readonly user: string;
  /** The estimate now, and the first one. */
  predicted: number;
  first: number;
  /** When it was, or is to be, started; undefined where nothing is decided. */
  start: number | undefined;
  isStarted: boolean;
  overruns: number;
}

const [expires, submits, ends, starts] = [0, 1, 2, 3] as const;

interface Happening {
  readonly at: number;
  readonly kind: typeof expires | typeof submits | typeof ends | typeof starts;
  readonly seq: number;
  readonly row: Row;
}

/** The wait in seconds of every job of a log that can be simulated, by its number in the log. */
export function referenceWaits(log: string, machine: number, variant: Variant): Map<string, number> {
  return new Reference(rowsOf(log, machine), machine, variant).run();
}

function rowsOf(log: string, machine: number): Row[] {
  const rows: Row[] = [];
  for (const line of log.split("\n")) {
    if (line.trim() === "" || line.trim().startsWith(";")) continue;
    const [id = "", submit, , run, , , , size, request, , , user = ""] = line.trim().split(/\s+/);
    const row = {
      id,
      submit: Number(submit),
      run: Math.min(Number(run), Number(request)),
      request: Number(request),
      size: Number(size),
      user,
    };
    const counts = row.size > 0 && row.size <= machine && row.run > 0 && row.request > 0 && row.submit >= 0;
    if (counts) rows.push({ ...row, predicted: 0, first: 0, start: undefined, isStarted: false, overruns: 0 });
  }
  return rows;
}

class Reference {
  readonly #rows: readonly Row[];
  readonly #machine: number;
  readonly #variant: Variant;
  readonly #completed = new Map<string, number[]>();
  #happenings: Happening[] = [];
  #seq = 0;
  #now = 0;
  /** What waits, in order of arrival. */
  #queue: Row[] = [];
  /** What takes room in the profile: what runs, and what is booked. */
  #placed: Row[] = [];

  constructor(rows: readonly Row[], machine: number, variant: Variant) {
    this.#rows = rows;
    this.#machine = machine;
    this.#variant = variant;
  }

  run(): Map<string, number> {
    for (const row of this.#rows) this.#cause(row.submit, submits, row);
    for (let next = this.#next(); next !== undefined; next = this.#next()) {
      this.#now = next.at;
      this.#happen(next.kind, next.row);
    }
    return new Map(this.#rows.map((row) => [row.id, (row.start ?? Number.NaN) - row.submit]));
  }

  #cause(at: number, kind: Happening["kind"], row: Row): void {
    this.#happenings.push({ at, kind, seq: this.#seq++, row });
  }

  #next(): Happening | undefined {
    const isBefore = (a: Happening, b: Happening): boolean => (a.at - b.at || a.kind - b.kind || a.seq - b.seq) < 0;
    let first: Happening | undefined;
    for (const one of this.#happenings) if (first === undefined || isBefore(one, first)) first = one;
    this.#happenings = this.#happenings.filter((one) => one !== first);
    return first;
  }

  #happen(kind: Happening["kind"], row: Row): void {
    if (kind === expires) this.#overrun(row);
    else if (kind === submits) this.#submit(row);
    else if (kind === ends) this.#end(row);
    // A booking that was moved is void.
    else if (row.start === this.#now && !row.isStarted) this.#begin(row);
  }

  #submit(row: Row): void {
    row.predicted = this.#predict(row);
    row.first = row.predicted;
    this.#queue.push(row);
    if (this.#variant === "conservative") return this.#book(row);
    const isEasy = this.#variant === "easy" || this.#variant === "easy-clairvoyant";
    if (!isEasy || row.size <= this.#free(this.#now)) this.#pass();
  }

  #end(row: Row): void {
    this.#placed = this.#placed.filter((one) => one !== row);
    this.#completed.set(row.user, [...(this.#completed.get(row.user) ?? []), row.run]);
    if (this.#variant !== "conservative") return this.#pass();
    for (const waiting of this.#queue.filter((one) => !one.isStarted)) this.#book(waiting);
  }

  #begin(row: Row): void {
    row.isStarted = true;
    this.#queue = this.#queue.filter((one) => one !== row);
    this.#cause(this.#now + row.run, ends, row);
    if (row.predicted < row.run) this.#cause(this.#now + row.predicted, expires, row);
  }

  #predict(row: Row): number {
    if (this.#variant.endsWith("clairvoyant")) return row.run;
    const runs = this.#completed.get(row.user) ?? [];
    const [a, b] = runs.slice(-2);
    if (!this.#variant.includes("avg2") || a === undefined || b === undefined) return row.request;
    return Math.min(row.request, Math.floor((a + b) / 2));
  }

  #overrun(row: Row): void {
    const minutes = [1, 5, 15, 30, 60, 120, 300, 600, 1200, 3000, 6000];
    const longer = row.first + (minutes[Math.min(row.overruns, minutes.length - 1)] as number) * 60;
    row.overruns++;
    row.predicted = this.#variant === "sjbf-avg2-tsafrir" ? Math.min(row.request, longer) : row.request;
    const end = (row.start as number) + row.predicted;
    if (row.predicted < row.run) this.#cause(end, expires, row);
  }

  #pass(): void {
    let head = this.#queue.find((one) => one.start === undefined);
    while (head !== undefined && this.#earliest(head) === this.#now) {
      this.#place(head, this.#now);
      head = this.#queue.find((one) => one.start === undefined);
    }
    if (this.#variant === "fcfs" || head === undefined) return;
    const rest = this.#queue.filter((one) => one.start === undefined && one !== head);
    if (rest.length === 0) return;
    this.#placed.push(head);
    head.start = this.#earliest(head, true);
    if (this.#variant.startsWith("sjbf")) rest.sort((a, b) => a.predicted - b.predicted);
    for (const row of rest) if (this.#earliest(row) === this.#now) this.#place(row, this.#now);
    this.#placed = this.#placed.filter((one) => one !== head);
    head.start = undefined;
  }

  #place(row: Row, at: number): void {
    row.start = at;
    this.#placed.push(row);
    this.#cause(at, starts, row);
  }

  /** Conservative: books the job anew, as early as it fits among all that runs and is booked. */
  #book(row: Row): void {
    if (row.start === this.#now) return;
    this.#placed = this.#placed.filter((one) => one !== row);
    this.#place(row, this.#earliest(row));
  }

  #free(at: number): number {
    let free = this.#machine;
    for (const { start = at, predicted, size } of this.#placed) if (start <= at && at < start + predicted) free -= size;
    return free;
  }

  #earliest(row: Row, isPlaced = false): number {
    if (isPlaced) this.#placed = this.#placed.filter((one) => one !== row);
    const changes = this.#placed.flatMap(({ start = 0, predicted }) => [start, start + predicted]).filter((at) => at > this.#now);
    const fitsFrom = (at: number): boolean =>
      [at, ...changes.filter((change) => change > at && change < at + row.predicted)].every((one) => this.#free(one) >= row.size);
    const found = [this.#now, ...changes.sort((a, b) => a - b)].find(fitsFrom) as number;
    if (isPlaced) this.#placed.push(row);
    return found;
  }
}
