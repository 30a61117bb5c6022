// Changes of jobs on their way into the table of jobs. A commit only appends what it changes to a journal, which is as durable as
// a row and costs a tenth of one; the rows are written later, a few at a time between commits. Most jobs have passed by then,
// and are written once instead of at each of their changes.
//
// Changes are gathered in stretches of the journal. A stretch is written when the next one is complete: jobs that end soon after
// their stretch does go with it, in their last state. Its part of the journal is deleted with the last of its rows, so whatever
// dies in between, all that the table lacks is in the journal; and to write a state again changes nothing.
//
// Invariant: a job's latest state is in the last stretch that names it, and else in the table.
import type { DatabaseSync, StatementSync } from "node:sqlite";
import { eachRow, jobColumns, stateColumns, type PackedChanges, type Value } from "./job-packing.ts";

/** The measures of a journal. */
export interface JournalLimits {
  /** A stretch ends when its text is as long as this, in characters. */
  readonly stretchLength: number;
  /** Rows that are written at a time: commits wait for them. */
  readonly rowsAtATime: number;
  /** So many stretches may wait to be written; beyond, commits write rows themselves. */
  readonly mostStretches: number;
}

const usualLimits: JournalLimits = { stretchLength: 1_048_576, rowsAtATime: 256, mostStretches: 6 };

/** A stretch ends when it has lasted so long. */
const stretchMs = 200;

const firstState = jobColumns.length - stateColumns.length;

/** What became of a job within a stretch: a whole row where it was new, else its state, tenant and id. */
interface Change {
  readonly isNew: boolean;
  readonly values: Value[];
}

interface Stretch {
  /** The last entry of the journal that belongs to it. */
  last: number;
  length: number;
  /** Texts that have not been looked at yet. */
  unread: string[];
  readonly changes: Map<string, Change>;
}

/** The journal, and what it holds. */
export class JobJournal {
  readonly #database: DatabaseSync;
  readonly #limits: JournalLimits;
  readonly #append: StatementSync;
  readonly #forget: StatementSync;
  readonly #insert: StatementSync;
  readonly #update: StatementSync;
  /** The last one grows. */
  readonly #stretches: Stretch[] = [newStretch()];
  #lastEntry = 0;
  #timer: NodeJS.Timeout | undefined;
  #scheduled: NodeJS.Immediate | undefined;
  #closed = false;

  constructor(database: DatabaseSync, limits: JournalLimits = usualLimits) {
    this.#database = database;
    this.#limits = limits;
    this.#append = database.prepare("INSERT OR REPLACE INTO job_journal (entry, changes) VALUES (?, ?)");
    this.#forget = database.prepare("DELETE FROM job_journal WHERE entry <= ?");
    const columns = jobColumns.join(", ");
    const places = jobColumns.map(() => "?").join(", ");
    const excluded = stateColumns.map((name) => `${name} = excluded.${name}`).join(", ");
    this.#insert = database.prepare(`INSERT INTO jobs (${columns}) VALUES (${places}) ON CONFLICT (tenant, id) DO UPDATE SET ${excluded}`);
    const changes = stateColumns.map((name) => `${name} = ?`).join(", ");
    this.#update = database.prepare(`UPDATE jobs SET ${changes} WHERE tenant = ? AND id = ?`);
    this.#recover();
  }

  /** Within a transaction of the caller, who says `added` once it is durable. */
  append(changes: string): void {
    this.#append.run(this.#lastEntry + 1, changes);
  }

  /** What was appended is durable. */
  added(changes: string): void {
    this.#lastEntry++;
    this.#take(this.#lastEntry, changes);
    const stretch = this.#growing;
    if (stretch.length >= this.#limits.stretchLength) this.#beginStretch();
    this.#keepShort();
    this.#schedule();
    this.#timer ??= setInterval(() => this.#tick(), stretchMs).unref();
  }

  /** The job's row with all that the table lacks; `read` reads the table. */
  find(tenant: string, id: string, read: () => readonly Value[] | undefined): readonly Value[] | undefined {
    const key = keyOf(tenant, id);
    let found: Value[] | undefined;
    for (const stretch of this.#stretches) {
      readAll(stretch);
      const change = stretch.changes.get(key);
      if (change === undefined) continue;
      if (change.isNew) found = change.values.slice();
      else if ((found ??= read()?.slice()) !== undefined) setState(found, change.values);
    }
    return found ?? read();
  }

  /** Brings the table up to date. */
  settle(): void {
    while (this.#stretches.some(({ length }) => length > 0)) {
      if (this.#stretches.length === 1) this.#beginStretch();
      this.#writeSome();
    }
  }

  /** Looks at some of what has come, or writes some of what is due. */
  work(): void {
    const unread = this.#stretches.find((stretch) => stretch.unread.length > 0);
    if (unread !== undefined) readOne(unread);
    else if (this.#stretches.length > 2) this.#writeSome();
  }

  /** As `settle`, as far as there is room on the disk. */
  settleIfPossible(): void {
    this.#asFarAsPossible(() => this.settle());
  }

  /** Settles if possible, and works no more. */
  close(): void {
    this.#closed = true;
    clearInterval(this.#timer);
    clearImmediate(this.#scheduled);
    this.settleIfPossible();
  }

  get #growing(): Stretch {
    return this.#stretches.at(-1) as Stretch;
  }

  /** What a former life has left. */
  #recover(): void {
    for (const row of this.#database.prepare("SELECT entry, changes FROM job_journal WHERE entry > 0 ORDER BY entry").iterate()) {
      this.#lastEntry = Number(row["entry"]);
      this.#take(this.#lastEntry, String(row["changes"]));
      if (this.#growing.length >= this.#limits.stretchLength) this.#beginStretch();
    }
    this.settle();
  }

  /** What cannot be written now is in the journal: whoever has committed is not told otherwise. */
  #keepShort(): void {
    this.#asFarAsPossible(() => {
      while (this.#stretches.length > this.#limits.mostStretches) this.#writeSome();
    });
  }

  #take(entry: number, changes: string): void {
    const stretch = this.#growing;
    stretch.last = entry;
    stretch.length += changes.length;
    stretch.unread.push(changes);
  }

  #beginStretch(): void {
    this.#stretches.push(newStretch());
  }

  /** What has been gathered is complete, and what was complete before is due; where nothing is, the time stands still. */
  #tick(): void {
    if (this.#stretches.some(({ length }) => length > 0)) {
      if (this.#growing.length > 0 || this.#stretches.length === 2) this.#beginStretch();
      return this.#schedule();
    }
    this.#stretches.splice(0, this.#stretches.length - 1);
    clearInterval(this.#timer);
    this.#timer = undefined;
  }

  /** Works between the requests of others, as long as there is something to do. */
  #schedule(): void {
    if (this.#scheduled !== undefined || this.#closed || !this.#hasWork) return;
    this.#scheduled = setImmediate(() => {
      this.#scheduled = undefined;
      if (this.#asFarAsPossible(() => this.work())) this.#schedule();
    });
  }

  /** What could not be written, the disk may be full, is in the journal; it is tried again when the time is up. */
  #asFarAsPossible(write: () => void): boolean {
    try {
      write();
      return true;
    } catch {
      return false;
    }
  }

  get #hasWork(): boolean {
    return this.#stretches.length > 2 || this.#stretches.some(({ unread }) => unread.length > 0);
  }

  /** Writes some rows of the oldest stretch; forgets it with the last of them. Not made durable by itself: the journal is. */
  #writeSome(): void {
    const [oldest, next] = this.#stretches as [Stretch, Stretch];
    readAll(oldest);
    readAll(next);
    const written = [...take(oldest.changes, this.#limits.rowsAtATime)];
    const isLast = written.length === oldest.changes.size;
    this.#database.exec("PRAGMA synchronous = NORMAL; BEGIN IMMEDIATE");
    try {
      for (const [key, change] of written) this.#write(change, next.changes.get(key));
      if (isLast) this.#forget.run(oldest.last);
      this.#database.exec("COMMIT");
    } catch (error) {
      if (this.#database.isTransaction) this.#database.exec("ROLLBACK");
      throw error;
    } finally {
      this.#database.exec("PRAGMA synchronous = FULL");
    }
    for (const [key] of written) {
      oldest.changes.delete(key);
      next.changes.delete(key);
    }
    if (isLast) this.#stretches.shift();
  }

  /** A change in its last state, as far as it is known. */
  #write(change: Change, later: Change | undefined): void {
    if (later === undefined) return this.#put(change);
    if (!change.isNew || later.isNew) return this.#put(later);
    setState(change.values, later.values);
    this.#put(change);
  }

  #put({ isNew, values }: Change): void {
    (isNew ? this.#insert : this.#update).run(...values);
  }
}

function newStretch(): Stretch {
  return { last: 0, length: 0, unread: [], changes: new Map() };
}

function readAll(stretch: Stretch): void {
  while (stretch.unread.length > 0) readOne(stretch);
}

function readOne({ unread, changes }: Stretch): void {
  const { inserts, updates } = JSON.parse(unread.shift() as string) as PackedChanges;
  eachRow(inserts, (values) => changes.set(keyOf(values[0], values[1]), { isNew: true, values: values.slice() }));
  eachRow(updates, (values) => {
    const key = keyOf(values[stateColumns.length], values[stateColumns.length + 1]);
    const before = changes.get(key);
    if (before?.isNew === true) setState(before.values, values);
    else changes.set(key, { isNew: false, values: values.slice() });
  });
}

/** Puts the state of an update into a whole row. */
function setState(row: Value[], update: readonly Value[]): void {
  for (let i = 0; i < stateColumns.length; i++) row[firstState + i] = update[i] as Value;
}

function* take<T>(from: Iterable<T>, most: number): Generator<T> {
  let left = most;
  if (left === 0) return;
  for (const item of from) {
    yield item;
    if (--left === 0) return;
  }
}

/** Neither of them has a line break. */
function keyOf(tenant: Value | undefined, id: Value | undefined): string {
  return `${tenant}\n${id}`;
}
