// Against a list that is simply changed: whatever is committed, written, read and killed in whatever order.
import { DatabaseSync } from "node:sqlite";
import * as fc from "fast-check";
import { expect, test } from "vitest";
import type { StoredJob } from "../job-port.ts";
import { JobJournal } from "./job-journal.ts";
import { jobColumns, packJobs, type Value } from "./job-packing.ts";
import { migrate, readMigrations } from "./migrations.ts";

type Command =
  | { readonly do: "commit"; readonly inserts: number; readonly updates: readonly number[] }
  | { readonly do: "read"; readonly which: number }
  | { readonly do: "work" | "settle" | "kill" };

const which = fc.nat(40);
const command: fc.Arbitrary<Command> = fc.oneof(
  { weight: 6, arbitrary: fc.record({ do: fc.constant("commit"), inserts: fc.nat(5), updates: fc.array(which, { maxLength: 4 }) }) },
  { weight: 3, arbitrary: fc.record({ do: fc.constant("read"), which }) },
  { weight: 6, arbitrary: fc.record({ do: fc.constant("work") }) },
  { weight: 1, arbitrary: fc.record({ do: fc.constantFrom("settle", "kill") }) },
);

const limits = { stretchLength: 1_500, rowsAtATime: 3, mostStretches: 4 };
const migrations = readMigrations();

class World {
  readonly database = new DatabaseSync(":memory:");
  journal: JobJournal;
  readonly jobs: StoredJob[] = [];
  #changes = 0;

  constructor() {
    migrate(this.database, migrations);
    this.journal = new JobJournal(this.database, limits);
  }

  obey(one: Command): void {
    if (one.do === "commit") this.#commit(one.inserts, one.updates);
    else if (one.do === "read") expect(this.read(one.which)).toEqual(this.jobs[one.which]);
    else if (one.do === "kill") this.journal = new JobJournal(this.database, limits);
    else this.journal[one.do]();
  }

  read(place: number): StoredJob | undefined {
    const id = idOf(place);
    const fromTable = (): readonly Value[] | undefined => {
      const row = this.database.prepare("SELECT * FROM jobs WHERE id = ?").get(id);
      return row && jobColumns.map((name) => row[name] as Value);
    };
    return jobOf(this.journal.find("t", id, fromTable));
  }

  table(): (StoredJob | undefined)[] {
    const rows = this.database.prepare("SELECT * FROM jobs ORDER BY job_key").all();
    return rows.map((row) => jobOf(jobColumns.map((name) => row[name] as Value)));
  }

  #commit(inserts: number, updates: readonly number[]): void {
    const fresh = Array.from({ length: inserts }, (_, i) => newJob(this.jobs.length + i));
    const places = [...new Set(updates)].filter((place) => place < this.jobs.length);
    for (const place of places)
      this.jobs[place] = { ...(this.jobs[place] as StoredJob), status: `s${++this.#changes}`, active: this.#changes % 3 > 0 };
    const [changes] = packJobs({ inserts: fresh, updates: places.map((place) => this.jobs[place] as StoredJob) });
    this.jobs.push(...fresh);
    if (changes === "") return;
    this.journal.append(changes);
    this.journal.added(changes);
  }
}

const idOf = (place: number): string => `job_${String(place).padStart(4, "0")}`;

function newJob(place: number): StoredJob {
  const identity = {
    tenant: "t",
    id: idOf(place),
    graph: null,
    queue: "q",
    kind: "command",
    name: null,
    submittedAt: place,
    spec: `{"n":${place}}`,
  };
  const course = { attempt: 1, failures: 0, losses: 0, node: null, notBefore: null, cancelling: false, startedAt: null, endedAt: null };
  return { ...identity, ...course, status: "pending", active: true, result: null };
}

function jobOf(values: readonly Value[] | undefined): StoredJob | undefined {
  if (values === undefined) return undefined;
  const { status, active, ...rest } = Object.fromEntries(jobColumns.map((name, i) => [name, values[i]]));
  return { ...newJob(Number(rest["submitted_at"])), status: String(status), active: active === 1 };
}

test("what was committed is read, whether it lies in the journal or in the table, before and after a kill", () => {
  fc.assert(
    fc.property(fc.array(command, { maxLength: 60 }), (commands) => {
      const world = new World();
      for (const one of commands) world.obey(one);
      world.jobs.forEach((job, place) => expect(world.read(place)).toEqual(job));
      world.journal.settle();
      expect(world.table()).toEqual(world.jobs);
      expect(world.database.prepare("SELECT count(*) AS n FROM job_journal").get()?.["n"]).toBe(0);
      world.database.close();
    }),
    { numRuns: 40 },
  );
});

test("a commit that is durable is not refused because rows cannot be written at the moment", () => {
  const world = new World();
  world.database.exec("CREATE TRIGGER full BEFORE INSERT ON jobs BEGIN SELECT RAISE(ABORT, 'the disk is full'); END");
  for (let i = 0; i < 40; i++) world.obey({ do: "commit", inserts: 5, updates: [] });
  expect(world.read(199)).toEqual(world.jobs[199]);
  expect(() => world.journal.settle()).toThrow("the disk is full");
  world.database.exec("DROP TRIGGER full");
  world.journal.settle();
  expect(world.table()).toEqual(world.jobs);
});
