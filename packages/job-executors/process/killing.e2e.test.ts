// Jobs under load while their node and their launcher are killed at random moments: every job has exactly one result, ran
// at most once, and leaves nothing behind.
import { spawn, type ChildProcess } from "node:child_process";
import { existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { expect, test } from "vitest";
import { seededRandom } from "@baton/core";
import { allProcesses, environmentValue, sendSignal } from "../containment/proc.ts";
import { launcherOf } from "./testing/launcher-of.ts";

const jobs = 150;
const kills = 12;
const node = join(import.meta.dirname, "testing", "restless-node.ts");

/** Says on which occasions it ran, and leaves a process behind that has left its session. */
const job = 'echo "$BATON_ALLOCATION" >> "$RAN"; (setsid sleep 1000 &); sleep 0.1; exit $1';

function linesOf(path: string): readonly string[] {
  return existsSync(path) ? readFileSync(path, "utf8").trimEnd().split("\n") : [];
}

test.each([1, 2])("kills of node and launcher, seed %d", { timeout: 600_000 }, async (seed) => {
  const random = seededRandom(seed);
  const folder = mkdtempSync(join(tmpdir(), "baton-killing-"));
  const [state, ledger, ran] = ["state", "ledger", "ran"].map((name) => join(folder, name)) as [string, string, string];
  mkdirSync(state);
  const text = job.replace('"$RAN"', ran);
  const failures: number[] = [];
  const start = (): ChildProcess => {
    const child = spawn(process.execPath, [node, state, ledger, String(jobs), text], { stdio: "inherit" });
    child.once("exit", (code) => code !== null && code !== 0 && failures.push(code));
    return child;
  };
  let current = start();
  for (let kill = 0; kill < kills; kill++) {
    await sleep(100 + random() * 600);
    const victims = random();
    const launcher = victims < 0.6 ? launcherOf(state) : undefined;
    if (victims > 0.3) current.kill("SIGKILL");
    if (launcher !== undefined) sendSignal(launcher, "SIGKILL");
    if (victims > 0.3) current = start();
  }
  if (current.exitCode === null) await new Promise((resolve) => current.once("exit", resolve));
  expect(failures).toEqual([]);

  const results = new Map<string, Set<string>>();
  for (const line of linesOf(ledger)) {
    const [allocation = "", outcome = ""] = line.split(" ");
    results.set(allocation, (results.get(allocation) ?? new Set()).add(outcome));
  }
  const all = Array.from({ length: jobs }, (_, i) => `job-${i}`);
  expect([...results.keys()].sort()).toEqual([...all].sort());
  for (const [i, allocation] of all.entries()) {
    const outcomes = [...(results.get(allocation) ?? [])];
    expect(outcomes).toHaveLength(1);
    expect([`exited-${i % 100}`, "job-lost"]).toContain(outcomes[0]);
  }
  const runs = linesOf(ran);
  expect(runs.length).toBe(new Set(runs).size);
  expect(
    results
      .values()
      .filter((outcomes) => outcomes.has("job-lost"))
      .toArray().length,
  ).toBeLessThan(jobs / 2);
  expect(readdirSync(join(state, "jobs"))).toEqual([]);
  expect(allProcesses().filter(({ pid }) => environmentValue(pid, "HOME")?.startsWith(state))).toEqual([]);
  rmSync(folder, { recursive: true, maxRetries: 5 });
});
