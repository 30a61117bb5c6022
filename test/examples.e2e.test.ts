// Examples, run by their one command, against what must come out.
import { spawnSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { afterAll, expect, test } from "vitest";
import { postgresPrograms } from "../tools/postgres.ts";

const examples = fileURLToPath(new URL("../examples/", import.meta.url));
const folder = mkdtempSync(join(tmpdir(), "baton-examples-"));
afterAll(() => rmSync(folder, { recursive: true, maxRetries: 5 }));

function run(example: string, ...args: string[]): { readonly code: number | null; readonly out: string; readonly err: string } {
  const { status, stdout, stderr } = spawnSync(process.execPath, [join(examples, example, "main.ts"), ...args], { encoding: "utf8" });
  return { code: status, out: stdout, err: stderr };
}

test("map-reduce counts the words of files as one program would", () => {
  const texts = ["to be or not to be", "Ein Bär, zwei Bären; ein Bär!", "be\nBE\n", ""];
  const files = texts.map((text, i) => {
    const path = join(folder, `${i}.txt`);
    writeFileSync(path, text);
    return path;
  });
  const { code, out, err } = run("jobs/map-reduce", ...files);
  expect([code, err]).toEqual([0, ""]);
  const counts = new Map<string, number>();
  for (const path of files)
    for (const word of readFileSync(path, "utf8")
      .toLowerCase()
      .match(/\p{L}+/gu) ?? [])
      counts.set(word, (counts.get(word) ?? 0) + 1);
  const expected = [...counts].sort(([a, m], [b, n]) => n - m || (a < b ? -1 : 1)).slice(0, 10);
  expect(out.split("\n")).toEqual([...expected.map(([word, times]) => `${times} ${word}`), "4 files, 9 jobs", ""]);
});

test("training tries every setting, picks the best, and its model tells unseen data apart", () => {
  const { code, out, err } = run("jobs/training", "7");
  expect([code, err]).toEqual([0, ""]);
  const tried = [...out.matchAll(/^rate (\S+), decay (\S+): validation loss (\S+)$/gm)].map(
    ([, rate, decay, loss]) => [rate, decay, Number(loss)] as const,
  );
  expect(tried).toHaveLength(6);
  const best = tried.reduce((least, one) => (one[2] < least[2] ? one : least));
  expect(out).toContain(`best: rate ${best[0]}, decay ${best[1]}\n`);
  expect(Number(/^test: accuracy (\S+),/m.exec(out)?.[1])).toBeGreaterThan(0.8);
});

const withPostgres = test.skipIf(postgresPrograms() === undefined);
withPostgres(
  "needs PostgreSQL: a migration survives a kill, is locked, and reverts what it did when it fails",
  { timeout: 240_000 },
  () => {
    const { code, out, err } = run("migration");
    expect([code, err.split("\n").filter((line) => line.includes("rror"))]).toEqual([0, []]);
    expect(out).toMatch(/^the server is killed when 001-users(, 002-orders(, 003-spent)?)? is applied, and started again$/m);
    expect(out).toContain("first run: completed; applied are 001-users, 002-orders, 003-spent\n");
    expect(out).toContain("second run, which waited for it: completed; applied once by the first: true\n");
    expect(out).toContain("third run: faulted, compensated: true; applied are 001-users, 002-orders, 003-spent\n");
  },
);
