// The command as a user sees it: files in, text and exit codes out.
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { gzipSync } from "node:zlib";
import { afterAll, beforeAll, expect, test } from "vitest";
import { createScheduler, easyPolicy, step, type SchedulerEvent } from "@baton/scheduler";
import { writeRecordedStep, writeRecordingHeader } from "@baton/simulator";
import { runSimulate } from "./index.ts";

let folder = "";
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), "baton-simulate-"));
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

interface Ran {
  readonly code: number;
  readonly out: string;
  readonly err: string;
}

async function run(...argv: string[]): Promise<Ran> {
  let [out, err] = ["", ""];
  const io = { out: (text: string) => void (out += text), err: (text: string) => void (err += text), isTty: false, columns: 100 };
  const code = await runSimulate(argv, io);
  return { code, out, err };
}

function file(name: string, content: string | Buffer): string {
  const path = join(folder, name);
  writeFileSync(path, content);
  return path;
}

const job = (id: number, submit: number, run: number, processors: number, request: number): string =>
  `${id} ${submit} -1 ${run} ${processors} -1 -1 ${processors} ${request} -1 1 ${id % 3} -1 -1 -1 -1 -1 -1`;
/** A wide job waits behind a long one; the short ones may be backfilled, the last one only without delaying the wide job. */
const log = ["; MaxProcs: 4", job(1, 0, 100, 3, 100), job(2, 1, 50, 4, 60), job(3, 2, 40, 1, 90), job(4, 3, 500, 1, 600), ""].join("\n");

test("a gzipped log under two policies: a table of all measures", async () => {
  const { code, out, err } = await run("--trace", file("small.swf.gz", gzipSync(log)), "--policy", "fcfs,easy");
  expect([code, err]).toEqual([0, ""]);
  expect(out).toMatch(/^ +fcfs +easy\n/);
  expect(out).toMatch(/bounded slowdown\n {2}mean +[\d.]+ +[\d.]+\n/);
  expect(out).toContain("tenants under easy");
});

test("--measures shows a few measures, one policy per line; a name that is not there is told", async () => {
  const trace = file("small.swf", log);
  const { out } = await run("--trace", trace, "--policy", "fcfs,easy", "--measures", "waiting_max_seconds,utilisation");
  expect(out).toBe(
    "      waiting time maximum  utilisation, processors\nfcfs              2.47 min                   40.0 %\neasy              2.45 min                   40.0 %\n",
  );
  const unknown = await run("--trace", trace, "--measures", "waiting_maks_seconds");
  expect([unknown.code, unknown.err]).toEqual([2, 'There is no measure "waiting_maks_seconds". Did you mean "waiting_max_seconds"?\n']);
  expect((await run("--trace", trace, "--measures", "waiting", "-o", "csv")).code).toBe(2);
});

test("the jobs of one policy as CSV, in seconds", async () => {
  const out = join(folder, "jobs.csv");
  await run("--trace", file("small.swf", log), "--policy", "easy", "--jobs-out", out);
  expect(readFileSync(out, "utf8")).toBe(
    "id,submit,start,end,wait,node\n1,0,0,100,0,machine\n2,1,100,150,99,machine\n3,2,2,42,0,machine\n4,3,150,650,147,machine\n",
  );
});

test("JSON, CSV and the report are the same bytes each time, from a log and from a seed", async () => {
  const html = join(folder, "report.html");
  for (const source of [
    ["--trace", file("small.swf", log)],
    ["--load", "diurnal", "--jobs", "300", "--seed", "7", "--sizes", "powers"],
  ]) {
    for (const format of ["json", "csv"]) {
      const ran = [];
      for (let i = 0; i < 2; i++) {
        const { code, out } = await run(...source, "--policy", "easy,default", "-o", format, "--html", html);
        expect(code).toBe(0);
        ran.push(out + readFileSync(html, "utf8"));
      }
      expect(ran[0]).toBe(ran[1]);
    }
  }
});

test("a tournament says which policy to use", async () => {
  const { code, out } = await run("compare", "--load", "heavy", "--jobs", "2000", "--sizes", "powers", "--policy", "fcfs,sjbf-reqtime");
  expect(code).toBe(0);
  expect(out).toMatch(/^mean bounded slowdown; eligible/);
  expect(out).toMatch(/\n(Use|Keep) /);
  const json = JSON.parse((await run("compare", "--trace", file("small.swf", log), "--policy", "fcfs", "-o", "json")).out) as {
    entries: object[];
  };
  expect(json.entries).toHaveLength(2);
});

test.each([
  [["--trace", "nowhere.swf"], 4, "nowhere.swf cannot be read"],
  [[], 1, "There is nothing to simulate. Pass --trace FILE or --load"],
  [["--load", "poisson", "--policy", "fcfs,esay"], 2, 'There is no policy "esay". Did you mean "easy"?'],
  [["--load", "poison"], 2, "Did you mean"],
  [["small.swf"], 2, "A log is named with --trace FILE"],
  [["--load", "poisson", "--policy", "fcfs+sjf"], 2, "names 2 orders: fcfs and sjf"],
  [["--load", "poisson", "--policy", "fcfs,"], 2, "A policy has no name"],
  [["--load", "poisson", "--processors", "0"], 2, "It must be a whole number from 1 to 1000000000."],
  [["--load", "poisson", "--nodes", "-2"], 2, "It must be a whole number from 1 to 100000."],
  [["--load", "poisson", "--jobs", "many"], 2, "It must be a whole number from 0."],
  [["--load", "poisson", "--offered", "0"], 1, "offered: It is 0; it must be a number from"],
  [["--polcy", "fcfs"], 2, "(Did you mean --policy?)"],
] as const)("what is wrong with the options %j is said", async (argv, code, message) => {
  const ran = await run(...argv);
  expect(ran.code).toBe(code);
  expect(ran.err).toContain(message);
});

test("what is wrong with the files is said with its place", async () => {
  const broken = file("broken.swf", `${log}5 4 -1 x 1 -1 -1 1 5 -1 -1 -1 -1 -1 -1 -1 -1 -1\n`);
  const stopped = await run("--trace", broken);
  expect([stopped.code, stopped.err.split("\n")[0]]).toEqual([
    1,
    'broken.swf: line 6, field 4 (run time): "x" is not a number. Correct the place given, or pass --malformed skip to go on without it. [trace-malformed]',
  ]);
  const skipped = await run("--trace", broken, "--malformed", "skip", "--policy", "fcfs");
  expect([skipped.code, skipped.err]).toEqual([0, 'skipped broken.swf: line 6, field 4 (run time): "x" is not a number.\n']);
  const cluster = file("cluster.yaml", "nodes:\n  - { name: a, capcity: { cpu: 1 } }\n");
  expect((await run("--trace", broken, "--cluster", cluster)).err).toContain(
    'cluster.yaml: line 2, column 16: /nodes/0/capcity: There is no field "capcity" here. Did you mean "capacity"?',
  );
  const unclosed = file("unclosed.yaml", "nodes:\n  - { name: a\n");
  expect((await run("--trace", broken, "--cluster", unclosed)).err).toMatch(/unclosed\.yaml: line \d+, column \d+: /);
  const alias = file("alias.yaml", "nodes: *those\n");
  expect((await run("--load", "poisson", "--cluster", alias)).err).toMatch(/^alias\.yaml: .*alias.*those.*\[cluster-invalid\]/);
  const marked = file("marked.swf", `\uFEFF${log}`);
  expect((await run("--trace", marked, "--policy", "fcfs")).code).toBe(0);
  expect((await run("--trace", file("x.txt", "hello"))).err).toContain("[trace-format-unknown]");
  expect((await run("--trace", file("empty.swf", ""))).err).toContain("empty.swf: The file is empty.");
  const queues = "nodes:\n  - { name: a, capacity: { cpu: 1 } }\nqueues:\n  - { id: q, limit: { cpuu: 1 } }\n";
  expect((await run("--trace", broken, "--cluster", file("queues.yaml", queues))).err).toContain(
    'queues.yaml: line 4, column 23: /queues/0/limit/cpuu: No node has cpuu. Did you mean "cpu"? [cluster-invalid]',
  );
  const circle = file("circle.stg", "2\n0 0 0\n1 5 1 2\n2 7 1 1\n3 0 1 2\n");
  expect((await run("--trace", circle, "--processors", "1")).err).toContain("The tasks wait for each other: 1 -> 2 -> 1.");
});

test.each([
  ["empty.yaml", Buffer.from(" \n"), "empty.yaml: The file is empty."],
  ["bytes.yaml", Buffer.from([0xff, 0xfe, 0xff]), "bytes.yaml: The file is not text in UTF-8."],
  [
    "twice.yaml",
    Buffer.from("nodes:\n  - { name: a, capacity: { cpu: 1 } }\n  - { name: a, capacity: { cpu: 2 } }\n"),
    "twice.yaml: line 3, column 7: ",
  ],
])("a cluster file that is none: %s", async (name, content, message) => {
  const { code, err } = await run("--load", "poisson", "--cluster", file(name, content));
  expect([code, err.slice(0, message.length)]).toEqual([1, message]);
});

test("where a cluster is described, a log need not say how large its machine was, and jobs of one number stay apart", async () => {
  const cluster = file("cluster.yaml", "nodes:\n  - { name: a, capacity: { cpu: 4 } }\n");
  const trace = file("bare.swf", [job(9, 0, 50, 4, 50), job(1, 1, 50, 4, 50), job(1, 2, 5, 4, 5), ""].join("\n"));
  expect((await run("--trace", trace)).err).toContain("The size of the machine is not known. Pass --processors N");
  const jobs = join(folder, "bare.csv");
  const { code, err } = await run("--trace", trace, "--cluster", cluster, "--policy", "fcfs", "--jobs-out", jobs);
  expect([code, err]).toEqual([0, ""]);
  expect(readFileSync(jobs, "utf8").split("\n").slice(1)).toEqual(["9,0,0,50,0,a", "1,1,50,100,49,a", "1,2,100,105,98,a", ""]);
});

test("nothing is simulated whose results could not be written", async () => {
  const trace = file("small.swf", log);
  for (const option of ["--jobs-out", "--html", "--plots"]) {
    const { code, err, out } = await run("--trace", trace, option, join(folder, "missing", "x"));
    expect([code, out]).toEqual([1, ""]);
    expect(err).toContain("cannot be written: there is no such file or folder");
  }
});

test("a job that can never run here is told so, and the others run", async () => {
  const cluster = file("cluster.yaml", "nodes:\n  - { name: a, count: 2, capacity: { cpu: 3 } }\n");
  const { code, err, out } = await run("--trace", file("small.swf", log), "--cluster", cluster, "--policy", "fcfs", "-o", "json");
  expect(code).toBe(0);
  expect(err).toMatch(/^fcfs: a job can never run here: job 2, requests\.cpu: .*\. It fits if cpu is at most 3\.\n$/);
  expect((JSON.parse(out) as { policies: { refused: number; jobs: number }[] }).policies[0]).toMatchObject({ refused: 1, jobs: 3 });
});

test("a generated load is made for the cluster that it runs on", async () => {
  const cluster = file("cluster.yaml", "nodes:\n  - { name: a, count: 50, capacity: { cpu: 4, memory: 8Gi } }\n");
  const { out, err } = await run(
    "--load",
    "poisson",
    "--jobs",
    "4000",
    "--sizes",
    "powers",
    "--cluster",
    cluster,
    "--policy",
    "easy+worst-fit",
    "-o",
    "json",
  );
  const result = (JSON.parse(out) as { policies: { utilisation: { cpu: number }; nodeLoad: { imbalance: number } }[] }).policies[0];
  expect(err).toBe("");
  expect(result?.utilisation.cpu).toBeGreaterThan(0.7);
  expect(result?.utilisation.cpu).toBeLessThan(0.85);
  expect(result?.nodeLoad.imbalance).toBeLessThan(0.1);
});

test("graphs and histories run too", async () => {
  const stg = file("graph.stg", "2\n0 0 0\n1 5 1 0\n2 7 1 0\n3 0 2 1 2\n");
  const graph = await run("--trace", stg, "--processors", "2", "--policy", "heft,fcfs", "-o", "csv");
  expect(graph.out.split("\n")[1]?.split(",").slice(0, 6)).toEqual(["heft", "", "4", "0", "0", "7"]);
  const history = [
    '{"format":"baton-history","version":1,"nodes":[{"id":"n1","capacity":{"cpu":2000}}]}',
    '{"job":{"id":"a","requests":{"cpu":2000}},"submittedAt":0,"endedAt":9000,"runMs":9000,"outcome":"completed"}',
    '{"job":{"id":"b","requests":{"cpu":1000},"after":["a","z"]},"submittedAt":10,"endedAt":9000,"runMs":1000,"outcome":"completed"}',
    '{"job":{"id":"c","requests":{"cpu":1000}},"submittedAt":10,"endedAt":9000,"runMs":0,"outcome":"cancelled"}',
  ].join("\n");
  const jobs = join(folder, "history.csv");
  const replayed = await run("--trace", file("h.jsonl", history), "--policy", "default", "--jobs-out", jobs);
  expect([replayed.code, replayed.err]).toEqual([
    0,
    "left out a job because it was cancelled\npassed over h.jsonl: line 3: /job/after/1: the dependency on z: " +
      "what is waited for is not among the jobs that are simulated, and counts as ended before\n",
  ]);
  expect(readFileSync(jobs, "utf8")).toBe("id,submit,start,end,wait,node\na,0,0,9,0,n1\nb,0.01,9,10,8.99,n1\n");
});

/** A tar archive of small files. */
function tar(files: { readonly [name: string]: string }): Buffer {
  const blocks = Object.entries(files).flatMap(([name, content]) => {
    const header = Buffer.alloc(512);
    header.write(name, 0);
    header.write(`${content.length.toString(8).padStart(11, "0")}\0`, 124);
    header.write("0", 156);
    header.write("ustar", 257);
    return [header, Buffer.concat([Buffer.from(content)], Math.ceil(content.length / 512) * 512)];
  });
  return Buffer.concat([...blocks, Buffer.alloc(1024)]);
}

const chain = "2\n0 0 0\n1 5 1 0\n2 7 1 1\n3 0 1 2\n";
const pair = "2\n0 0 0\n1 5 1 0\n2 5 1 0\n3 0 2 1 2\n";

test("a folder with folders in it, or an archive, is a set of graphs; what is no graph is passed over", async () => {
  const set = { "graphs/chain.stg": chain, "graphs/pair.stg": pair, LICENSE: "Do what you like with it.".repeat(50) };
  const root = join(folder, "set");
  mkdirSync(join(root, "graphs"), { recursive: true });
  for (const [name, content] of Object.entries(set)) writeFileSync(join(root, name), content);
  const archive = file("set.tar.gz", gzipSync(tar(set)));
  for (const path of [root, archive]) {
    const { code, out, err } = await run("--trace", path, "--processors", "1", "--policy", "fcfs", "-o", "csv");
    expect(code).toBe(0);
    expect(out).toBe(
      "graph,tasks,policy,makespan_seconds,bound_seconds,ratio\ngraphs/chain.stg,4,fcfs,12,12,1\ngraphs/pair.stg,4,fcfs,10,10,1\n",
    );
    expect(err).toBe("passed over LICENSE: The beginning of the file fits none of the formats.\n");
  }
});

test("what is wrong with a set is said once, also what cannot be asked of it", async () => {
  const archive = file("two.tar", tar({ "a.stg": chain, "b.stg": pair }));
  expect((await run("--trace", archive)).err).toMatch(/^a\.stg \(and 1 more like it\): What the jobs run on is not known\..*\n$/);
  const asked = await run("--trace", archive, "--processors", "1", "--jobs-out", join(folder, "x.csv"));
  expect([asked.code, asked.err.slice(0, 25)]).toEqual([2, "--jobs-out needs one load"]);
  expect((await run("compare", "--trace", archive, "--processors", "1")).err).toContain("A tournament needs one load");
  expect((await run("--trace", file("odd.bin", tar({ "a.stg": chain })), "--processors", "1")).err).toContain("This is an archive.");
  expect((await run("--trace", file("none.tar", tar({ LICENSE: "No graph at all." })))).err).toContain("[trace-format-unknown]");
});

test("a generated load on nodes is made for their cores", async () => {
  const { out } = await run("--load", "poisson", "--jobs", "500", "--nodes", "3", "--policy", "worst-fit", "-o", "json");
  const { cluster, policies } = JSON.parse(out) as { cluster: { nodes: number }; policies: { utilisation: object }[] };
  expect([cluster.nodes, Object.keys(policies[0]?.utilisation ?? {})]).toEqual([3, ["cpu"]]);
});

test("a progress bar is drawn on a terminal, and only there; --no-progress leaves it out", async () => {
  const draw = async (isTty: boolean, ...more: string[]): Promise<string> => {
    let err = "";
    const io = { out: () => {}, err: (text: string) => void (err += text), isTty, columns: 60 };
    expect(await runSimulate(["--load", "poisson", "--jobs", "9000", "--policy", "fcfs", ...more], io)).toBe(0);
    return err;
  };
  const drawn = await draw(true);
  expect(drawn).toMatch(/[█░]{30} +\d+ % {2}fcfs/);
  expect(drawn.endsWith("\r\u001b[2K")).toBe(true);
  expect([await draw(false), await draw(true, "--no-progress")]).toEqual(["", ""]);
});

test("help names the options and ends with 0", async () => {
  const { code, out } = await run("--help");
  expect(code).toBe(0);
  expect(out).toContain("--jobs-out <file>");
  expect((await run("compare", "--help")).out).toContain("--baseline <name>");
});

test("a recording is replayed: the same to the byte, or the first difference", async () => {
  const state = createScheduler(easyPolicy);
  const lines = [writeRecordingHeader(easyPolicy, 0)];
  const tell = (event: SchedulerEvent, at: number): number => lines.push(writeRecordedStep(event, at, step(state, event, at)));
  tell({ type: "node-up", node: { id: "n1", capacity: { cpu: 1_000 } } }, 0);
  tell({ type: "jobs-submitted", jobs: [1, 2].map((i) => ({ id: `j${i}`, requests: { cpu: 1_000 }, limitMs: 60_000 })) }, 1_000);
  tell({ type: "job-ended", jobId: "j1", outcome: "completed" }, 31_000);
  tell({ type: "job-ended", jobId: "j2", outcome: "completed" }, 61_000);
  const path = file("one.recording.jsonl", `${lines.join("\n")}\n`);
  const same = "one.recording.jsonl: 4 events, 2 jobs, 2 decisions over 61.0 s: every decision is the same, to the byte";
  expect(await run("--recording", path)).toEqual({ code: 0, out: `${same} (it ends because the server was killed)\n`, err: "" });
  const asJson = await run("--recording", path, "-o", "json");
  expect(JSON.parse(asJson.out)).toMatchObject({ identical: true, events: 4, difference: null });
  const other = file("other.recording.jsonl", lines.join("\n").replace('"nodeId":"n1"', '"nodeId":"n2"'));
  const differs = await run("--recording", other);
  expect([differs.code, differs.out]).toEqual([
    1,
    expect.stringMatching(/first difference is in line 3,[^]*recorded {2}.*n2[^]*replayed {2}.*n1/),
  ]);
  expect(await run("--recording", file("no.jsonl", "{}"))).toMatchObject({
    code: 1,
    err: expect.stringContaining("[recording-malformed]"),
  });
  expect(await run("--recording", path, "--load", "poisson")).toMatchObject({ code: 2 });
  expect(await run("--trace", path, "--policy", "fcfs")).toMatchObject({ code: 0, out: expect.stringMatching(/jobs completed +2\n/) });
});
