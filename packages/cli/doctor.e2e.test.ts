// `baton doctor` against a real server and against the folder that it left: stuck runs are planted into the database.
import type { ChildProcess } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import { afterAll, expect, test } from "vitest";
import type { Diagnosis } from "@baton/api";
import { runCommand, startUp, stop } from "./testing.ts";

const folder = mkdtempSync(join(tmpdir(), "baton-doctor-"));
const data = join(folder, "data");
const servers: ChildProcess[] = [];
afterAll(async () => {
  for (const server of servers) await stop(server);
  rmSync(folder, { recursive: true, force: true, maxRetries: 10 });
});

async function up(...more: readonly string[]): ReturnType<typeof startUp> {
  const server = await startUp(["--data", data, ...more]);
  servers.push(server.process);
  return server;
}

function flow(name: string, tasks: string): string {
  const file = join(folder, `${name}.yaml`);
  writeFileSync(file, `document: { dsl: '1.0.3', namespace: default, name: ${name}, version: '1.0.0' }\ndo:\n${tasks}`);
  return file;
}

/** Changes the database of a server that is down. */
function plant(sql: string): void {
  const database = new DatabaseSync(join(data, "baton.db"));
  database.exec(sql);
  database.close();
}

test("runs with a wake-up are well; planted stuck ones are found and woken, with the server down and up", async () => {
  const first = await up();
  const env = { BATON_SERVER: first.url };
  const files = [
    flow("pausing", "  - pause: { wait: PT1H }\n"),
    flow("sleeping", "  - sleep: { run: { shell: { command: 'exec sleep 3600' } } }\n"),
  ];
  for (const file of files) expect((await runCommand(["apply", "-f", file], { env })).code).toBe(0);
  for (const name of ["pausing", "pausing", "sleeping"]) expect((await runCommand(["start", name], { env })).code).toBe(0);

  const well = await runCommand(["doctor"], { env });
  expect(well.code).toBe(0);
  expect(well.err).toMatch(
    /^3 runs have not ended; each has a deadline or something that wakes it\nlocal-\w+ runs processes, limited by .+; scripts .+; .*containers.*\n$/,
  );
  expect(well.out).toMatch(/^RUN +FLOW +STATUS +WAITS FOR +UNTIL/);
  expect(well.out).toMatch(/default\/pausing +waiting +timer \(pause\) +\d{4}-\d\d-\d\dT/);
  expect(well.out).toMatch(/default\/sleeping +running +work \(sleep\)/);
  await stop(first.process);

  plant("DELETE FROM timers WHERE run_key = (SELECT min(run_key) FROM timers); UPDATE runs SET active = 0");
  const down = await runCommand(["doctor", "--data", data, "--wrong", "-o", "json"]);
  expect(down.code).toBe(1);
  const codes = (JSON.parse(down.out) as Diagnosis[]).flatMap(({ workflow, findings }) =>
    findings.map(({ code }) => `${workflow.name} ${code}`),
  );
  expect(codes.toSorted()).toEqual(["pausing timer-missing", "sleeping restart-missed"]);

  const second = await up("--stop-jobs");
  const busy = await runCommand(["doctor", "--data", data]);
  expect(busy.code).not.toBe(0);
  expect(busy.err).toContain("data-folder-in-use");
  const later = { env: { BATON_SERVER: second.url } };
  const stuck = await runCommand(["doctor"], later);
  expect(stuck.code).toBe(1);
  expect(stuck.err).toContain("timer-missing: The timer wait:1, due at ");
  expect(stuck.err).toContain("work-lost: Nobody works for step 1 (/do/0/sleep).");
  const fixed = await runCommand(["doctor", "--fix", "--wrong"], later);
  expect(fixed.code).toBe(0);
  expect(fixed.err).toMatch(/^(run_\w+ woken\n){2}3 runs have not ended; each has /);
  expect((await runCommand(["doctor"], later)).code).toBe(0);
});

test("a folder without data is told", async () => {
  const { code, err } = await runCommand(["doctor", "--data", join(folder, "none")]);
  expect(code).toBe(4);
  expect(err).toContain("there is no data here");
});
