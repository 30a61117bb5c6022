// Jobs from the command line on a real server, which is killed while they run.
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { BatonClient, type Job } from "@baton/api";
import { OwnServer, startCommand } from "./testing.ts";

const server = new OwnServer("jobs");
const { baton, folder } = server;
beforeAll(() => server.start());
afterAll(() => server.remove());

describe("baton submit", () => {
  test("--wait shows what a command writes and ends as it did", async () => {
    expect(await baton("submit", "--wait", "--", "sh", "-c", "echo out; echo err >&2")).toEqual({ code: 0, out: "out\n", err: "err\n" });
    const failed = await baton("submit", "--wait", "--", "sh", "-c", "exit 3");
    expect([failed.code, failed.err]).toEqual([1, expect.stringContaining("(job-exit)")]);
  });

  test("--wait and logs --follow show every attempt of a job that is tried again", async () => {
    const work = ["--retries", "1", "--", "sh", "-c", "echo try $BATON_ATTEMPT; exit 4"];
    const waited = await baton("submit", "--wait", ...work);
    expect(waited).toMatchObject({ code: 1, out: "try 1\ntry 2\n", err: expect.stringMatching(/^\[attempt 2\]\n.*job-exit/) as string });
    const id = (await baton("submit", ...work)).out.trim();
    expect((await baton("job", "logs", "-f", id)).out).toMatch(/try 2\n$/);
    expect((await baton("job", "logs", "--attempt", "1", id)).out).toBe("try 1\n");
    const none = await baton("job", "logs", "--attempt", "9", id);
    expect(none).toMatchObject({ code: 4, err: expect.stringContaining("has had 2 attempts, and none is number 9") as string });
  });

  test("a graph from a file, its jobs and their logs", async () => {
    const file = join(folder, "graph.yaml");
    writeFileSync(
      file,
      "jobs:\n  - { name: a, command: [echo, first] }\n  - { name: b, command: [echo, second], after: [a], priority: 70 }\n",
    );
    const plan = await baton("plan", "-f", file);
    expect(plan.out).toMatch(/^a would start at once on local-\w+\nb would wait \(pending\.dependency\)/);
    const ids = (await baton("submit", "-f", file)).out.trim().split("\n");
    expect((await baton("job", "wait", ...ids)).code).toBe(0);
    expect((await baton("job", "logs", "-f", ids[1] as string)).out).toBe("second\n");
    const listed = JSON.parse((await baton("job", "list", "-o", "json")).out) as readonly Job[];
    expect(listed.filter(({ id }) => ids.includes(id)).map(({ name, status, priority }) => [name, status, priority])).toEqual([
      ["b", "completed", 70],
      ["a", "completed", 50],
    ]);
  });

  test("what cannot be is refused with the place and what would be right", async () => {
    expect((await baton("submit", "--cpu", "999", "--", "true")).err).toMatch(/the largest node has \d+[\s\S]*code: {2}job-impossible/);
    expect((await baton("submit", "--cpu", "much", "--", "true")).err).toContain("write cores");
    expect((await baton("submit")).code).toBe(2);
    expect((await baton("submit", "--pool", "nowhere", "--node-label", "disk=ssd", "--", "true")).err).toContain("pool is default");
    expect((await baton("submit", "--max-running", "2", "-f", "x.yaml")).err).toContain("where: --max-running\n");
    expect((await baton("submit", "ls", "-l")).err).toContain("baton submit -- ls -l");
    expect((await baton("job", "get", "job_nope")).code).toBe(4);
  });

  test("everything that is wrong in a file is listed with its place in the file", async () => {
    const file = join(folder, "with mistakes.yaml");
    writeFileSync(
      file,
      "jobs:\n  - name: a\n    command: [echo, true]\n    prio: 3\n  - name: b\n    command: [ls]\n    after: [c]\n    resources: { cpu: x }\n",
    );
    const places = [`${file}:3:21: true must be a text`, `${file}:4:5: prio is not a field here`, `${file}:8:18: cpu: "x" is not`];
    const refused = await baton("submit", "-f", file);
    expect(refused).toMatchObject({
      code: 1,
      err: expect.stringMatching(/^error: 4 things are wrong; nothing of it was taken\n/) as string,
    });
    for (const place of [...places, `${file}:7:5: there is no job c`]) expect(refused.err).toContain(`\n  ${place}`);
    expect((await baton("plan", "-f", file)).err).toContain(places[0]);
    writeFileSync(file, "kind: tenant\nname: fine\n---\nkind: queue\nname: q\nparent: fine\nmaxRunning: many\n");
    const { err } = await baton("apply", "-f", file);
    expect(err).toContain(`error: maxRunning must be a whole number`);
    expect(err).toContain(`where: ${file}:7:1\n`);
    const two = await baton("submit", "--cpu", "x", "--memory", "y", "--", "true");
    expect(two.err).toMatch(/\n {2}resources\.cpu: .*\n {2}resources\.memory: /);
  });

  test("a graph is retried where it broke", async () => {
    const file = join(folder, "breaks.yaml");
    const go = join(folder, "mended");
    const jobs = [
      "{ name: a, command: [echo, a] }",
      `{ name: b, command: [ls, ${go}], after: [a] }`,
      "{ name: c, command: [echo, c], after: [b] }",
    ];
    writeFileSync(file, `jobs:\n${jobs.map((job) => `  - ${job}\n`).join("")}`);
    const ids = (await baton("submit", "-f", file)).out.trim().split("\n");
    const waited = await baton("job", "wait", ...ids);
    expect([waited.code, waited.err]).toEqual([1, expect.stringMatching(/\(a\) completed\n.*\(b\) failed.*\n[^]*\(c\) cancelled/)]);
    const alone = await baton("job", "retry", ids[2] as string);
    expect([alone.code, alone.err]).toEqual([1, expect.stringContaining("--graph")]);
    writeFileSync(go, "");
    const again = (await baton("job", "retry", "--graph", ids[0] as string)).out.trim().split("\n");
    expect(again.length).toBe(2);
    expect(await baton("job", "wait", ...again)).toMatchObject({ code: 0, err: `${again[0]} (b) completed\n${again[1]} (c) completed\n` });
    expect((await baton("job", "retry", "--graph", ids[0] as string, ids[1] as string)).code).toBe(2);
    expect((await baton("job", "retry")).code).toBe(2);
    expect((await baton("job", "cancel", "--graph", ids[0] as string)).code).toBe(4);
    const many = (await baton("submit", "--array", "20", "--cpu", "10m", "--", "sleep", "1000")).out.trim().split("\n");
    expect((await baton("job", "cancel", "--graph", many[0] as string)).code).toBe(0);
    expect((await baton("job", "wait", ...many)).code).toBe(9);
  });

  test("an interrupt ends the waiting and not the job, and says so", async () => {
    const waiting = startCommand(["--server", server.url, "submit", "--wait", "--name", "slow", "--", "sh", "-c", "echo on; sleep 1000"]);
    await waiting.said("on\n");
    waiting.child.kill("SIGINT");
    const { code, err } = await waiting.ended;
    const id = /^interrupted; (job_\w+) goes on/.exec(err)?.[1] ?? "";
    expect([code, err.trim().split("\n").length, id]).toEqual([130, 1, expect.stringMatching(/^job_/)]);
    expect((await baton("job", "cancel", id)).code).toBe(0);
    const waited = await baton("job", "wait", id);
    expect([waited.code, waited.err]).toEqual([9, expect.stringMatching(`^${id} \\(slow\\) cancelled`)]);
    expect((await baton("explain", id)).out).toContain("(slow) has ended. It was cancelled");
  });

  test("explain says why a job waits; cancel ends what runs and what waits", async () => {
    const cores = String(await capacity());
    const running = (await baton("submit", "--cpu", cores, "--", "sleep", "1000")).out.trim();
    const waiting = (await baton("submit", "--cpu", cores, "--", "true")).out.trim();
    expect((await baton("explain", waiting)).out).toMatch(/is pending\.[\s\S]*pending\.capacity[\s\S]*what helps/);
    expect((await baton("job", "cancel", waiting, running)).code).toBe(0);
    expect((await baton("job", "wait", running)).code).toBe(9);
  });
});

test("baton audit list tells who decided what of a job", async () => {
  const failed = await baton("submit", "--wait", "--webhook", "http://127.0.0.1:9/x", "-o", "json", "--", "false");
  expect(failed.code).toBe(1);
  const [job] = JSON.parse(failed.out) as readonly Job[];
  expect(job?.webhook).toMatch(/^job-[0-9a-f]{32}$/);
  const { out } = await baton("audit", "list", "--subject", job?.id ?? "");
  expect(out.trim().split("\n").length).toBe(4);
  expect(out).toMatch(/server +job\.failed +job_\S+ +attempt=1 why=job-exit[^]*scheduler +job\.placed[^]*api +job\.submitted/);
  const first = await baton("audit", "list", "--subject", job?.id ?? "", "--action", "job.", "--limit", "1", "-o", "json");
  expect(JSON.parse(first.out)).toMatchObject([{ actor: "server", action: "job.failed", subject: job?.id }]);
});

/** The cores of the local node, as a refusal names them. */
async function capacity(): Promise<number> {
  const { err } = await baton("submit", "--cpu", "999", "--", "true");
  return Number(/the largest node has (\d+)/.exec(err)?.[1]);
}

test("a job that takes more memory than it asked for is killed, and told so", async () => {
  const hog = "const all = []; for (;;) all.push(Buffer.alloc(10_000_000, 1));";
  const { code, err } = await baton("submit", "--memory", "200M", "--wait", "--", process.execPath, "-e", hog);
  expect([code, err]).toEqual([1, expect.stringContaining("(job-out-of-memory)")]);
});

test("logs --follow and wait go on where the server is killed and started again", async () => {
  const go = join(folder, "go");
  const id = (await baton("submit", "--", "sh", "-c", `echo begin; until test -e ${go}; do sleep 0.1; done; echo end`)).out.trim();
  const following = startCommand(["--server", server.url, "job", "logs", "-f", id]);
  await following.said("begin\n");
  await server.kill();
  await server.start();
  writeFileSync(go, "");
  expect(await following.ended).toMatchObject({ code: 0, out: "begin\nend\n" });
  expect((await baton("job", "wait", id)).code).toBe(0);
});

test("a server that is killed loses no job and runs none twice", async () => {
  const log = join(folder, "started");
  const job = (i: number): string => `echo ${i} start $$ >> ${log}; sleep 0.1; echo ${i} end $$ >> ${log}`;
  const client = new BatonClient({ url: server.url });
  const jobs = Array.from({ length: 30 }, (_, i) => ({ name: `n${i}`, command: ["sh", "-c", job(i)], resources: { cpu: "200m" } }));
  const submitted = await client.submitJobs({ jobs });
  for (let kill = 0; kill < 3; kill++) {
    await new Promise((resolve) => {
      setTimeout(resolve, 250);
    });
    await server.kill();
    await server.start();
  }
  const ended = await Promise.all(submitted.jobs.map(({ id }) => client.getJob(id, { waitMs: 240_000 })));
  expect(ended.map(({ status }) => status)).toEqual(jobs.map(() => "completed"));
  const lines = readFileSync(log, "utf8").trim().split("\n");
  const count = (what: string): number => lines.filter((line) => line.startsWith(what)).length;
  // What ran when the server was killed ran on, and its end was found: nothing was started twice.
  expect(jobs.map((_, i) => [count(`${i} start `), count(`${i} end `)])).toEqual(jobs.map(() => [1, 1]));
});
