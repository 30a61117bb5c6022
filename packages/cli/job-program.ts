// The commands about jobs as commander knows them.
import { Option, type Command } from "commander";
import type { JobListOptions, LogsOptions, NamedJobs } from "./commands/jobs.ts";
import type { AuditOptions } from "./commands/audit.ts";
import type { ExportOptions } from "./commands/job-export.ts";
import type { SubmitOptions } from "./commands/submit.ts";
import { collect, parseCount, parseTimeout, parseWhole, printing, type Does } from "./program-options.ts";

const defaultLimit = 50;
const statuses = ["waiting", "pending", "allocated", "running", "suspended", "completed", "failed", "cancelled", "lost"];

/** `submit`, `job ...`, `explain`, `plan`. */
export function addJobCommands(program: Command, does: Does): void {
  addSubmit(program, does);
  addJob(program, does);
  addQueue(program, does);
  addTenant(program, does);
  addAudit(program, does);
  const explain = printing(
    program.command("explain").description("why a job or a run waits, what would start it, and when it is expected to start"),
  );
  does(explain.argument("<id>"), async (context, _options, id: string) =>
    id.startsWith("run_")
      ? (await import("./commands/explain-run.ts")).explainRun(context, id)
      : (await import("./commands/jobs.ts")).explainJob(context, id),
  );
  const plan = printing(program.command("plan").description("what would become of jobs if they were submitted now; nothing changes"));
  does<{ file: string }>(
    plan.requiredOption("-f, --file <path>", "a job or a graph of jobs, YAML or JSON; - is standard input"),
    async (context, { file }) => (await import("./commands/submit.ts")).planFile(context, file),
  );
}

function addSubmit(program: Command, does: Does): void {
  const submit = program
    .command("submit")
    .description("submit a job: a command behind --, or a job or a graph of jobs from a file")
    .argument("[command...]", "the program and its arguments, behind --")
    .option("-f, --file <path>", "a job or a graph of jobs, YAML or JSON; - is standard input")
    .option("--image <image>", "run the command in a container of this image: --image alpine:3 -- echo hello")
    .addOption(new Option("--pull <when>", "when its image is pulled").choices(["missing", "always", "never"]))
    .option("--entrypoint <program>", "what takes the place of the image's entry point")
    .option(
      "--volume <host:container[:ro|create]>",
      "a folder of the node that is mounted, read-only or made if missing; repeatable",
      collect,
    )
    .option("--publish <host:container>", "a port of the node that leads to one of the container; repeatable", collect)
    .option("--network <network>", "none, host, or a network of the engine")
    .option("--name <name>", "what people call it")
    .option("--queue <queue>", "the queue that it waits in")
    .option("--tenant <tenant>", "the tenant whose queue it is")
    .option("--priority <number>", "0 to 100, higher first; 50 when nothing is said", parseWhole)
    .option("--cpu <cores>", "processors: 2, 0.5 or 500m")
    .option("--memory <bytes>", "memory: 1Gi, 500M")
    .option("--disk <bytes>", "disk: 10Gi")
    .option("--gpu <count>", "graphics processors")
    .option("--resource <name=amount>", "another resource; repeatable", collect)
    .option("--node <name>", "only there; repeatable: on one of these", collect)
    .option("--pool <name>", "only on nodes of this pool; repeatable", collect)
    .option("--zone <name>", "only on nodes of this zone; repeatable", collect)
    .option("--node-label <key=value>", "only on nodes with this label: disk=ssd; repeatable, and all must hold", collect)
    .option("--pids <count>", "the most processes and threads that it may have at a time", parseWhole)
    .option("--after <job>", "a job that must have completed first; repeatable", collect)
    .option("--env <name=value>", "a variable of its environment; repeatable", collect)
    .option("--payload <json>", "what it finds on standard input: JSON, or @FILE");
  submit
    .option("--expected <duration>", "how long it is expected to run: 5m, PT1H")
    .option("--run-timeout <duration>", "how long it may run")
    .option("--deadline <time>", "when it should have ended")
    .option("--retries <count>", "how often it is tried again after a failure", parseWhole)
    .option("--array <count>", "so many times, with BATON_ARRAY_INDEX from 0", parseWhole)
    .option("--max-running <count>", "how many of the array may run at a time", parseWhole)
    .option("--webhook <url>", "an address that is told of its end")
    .option("--webhook-secret <name>", "a secret that signs what it is told; repeatable", collect)
    .option("--idempotency-key <key>", "submit once, however often this is said")
    .option("--wait", "wait for its end, and show what it writes and, last, what a function answers; -o json: the whole job")
    .option("--timeout <duration>", "wait no longer than this", parseTimeout);
  submit.showHelpAfterError(
    "(a command that has options of its own stands behind --: baton submit -- ls -l; baton submit --help shows more)",
  );
  does<SubmitOptions>(printing(submit), async (context, options, command: readonly string[]) =>
    (await import("./commands/submit.ts")).submit(context, options, command),
  );
}

function addAudit(program: Command, does: Does): void {
  const audit = printing(program.command("audit").description("what was decided: who, when, about what and why"));
  const list = audit
    .command("list")
    .description("list decisions, newest first")
    .option("--subject <name>", "only about this job, node, queue, deployment, function or lock")
    .option("--action <action>", "only this action; one that ends in a dot means all that begin so: job.")
    .option("--actor <actor>", 'only by this one: api, scheduler, server, "node NAME", "deployment NAME", "run ID"')
    .option("--limit <count>", "how many", parseCount, defaultLimit)
    .addHelpText("after", "\nExample:\n  baton audit list --action job.preempted --limit 10");
  does<AuditOptions>(list, async (context, options) => (await import("./commands/audit.ts")).listAudit(context, options));
}

function addJob(program: Command, does: Does): void {
  const job = printing(program.command("job").description("look at and handle jobs"));
  const list = job
    .command("list")
    .description("list jobs, newest first")
    .addOption(new Option("--status <status>", "only those in this status").choices(statuses))
    .option("--queue <queue>", "only those of this queue")
    .option("--graph <graph>", "only those that were submitted together")
    .option("--limit <count>", "how many", parseCount, defaultLimit);
  does<JobListOptions>(list, async (context, options) => (await import("./commands/jobs.ts")).listJobs(context, options));
  does(job.command("get").description("show one with its result").argument("<id>"), async (context, _options, id: string) =>
    (await import("./commands/jobs.ts")).getJob(context, id),
  );
  const logs = job
    .command("logs")
    .description("print what a job has written")
    .argument("<id>")
    .option("-f, --follow", "go on until it has ended")
    .option("--attempt <number>", "another attempt than the latest", parseWhole);
  does<LogsOptions>(logs, async (context, options, id: string) => (await import("./commands/jobs.ts")).jobLogs(context, id, options));
  const wait = job
    .command("wait")
    .description("wait until jobs have ended, and print what functions answer; -o json: the whole jobs")
    .argument("<id...>", "the jobs' ids; - reads them from standard input")
    .option("--timeout <duration>", "wait no longer than this", parseTimeout)
    .addHelpText("after", "\nExample:\n  baton job wait job_01m7zbwg2n1a7p2pxrm3x7 --timeout 5m");
  does<{ timeout?: number }>(wait, async (context, { timeout }, ids: readonly string[]) =>
    (await import("./commands/jobs.ts")).waitForJobs(context, ids, timeout),
  );
  addJobExport(job, does);
  addJobVerbs(job, does);
}

const verbs = {
  cancel: {
    does: "end jobs; said twice, their processes are killed",
    ofGraph: "all jobs of this graph that have not ended",
    run: async () => (await import("./commands/jobs.ts")).cancelJobs,
  },
  retry: {
    does: "submit jobs that did not complete once more; several wait for each other as before",
    ofGraph: "all jobs of this graph that did not complete",
    run: async () => (await import("./commands/jobs.ts")).retryJobs,
  },
} as const;

function addJobVerbs(job: Command, does: Does): void {
  for (const [verb, { does: text, ofGraph, run }] of Object.entries(verbs)) {
    const command = job
      .command(verb)
      .description(text)
      .argument("[id...]", "the jobs' ids; - reads them from standard input")
      .option("--graph <graph>", ofGraph)
      .addHelpText("after", `\nExample:\n  baton job ${verb} --graph job_01m7zbwg2n1a7p2pxrm3x7`);
    does<NamedJobs>(command, async (context, options, ids: readonly string[]) => (await run())(context, ids, options));
  }
}

const exportExamples = `
Examples:
  baton job export --since 7d --out week.jsonl
  baton simulate --trace week.jsonl --policy easy,default
  baton job export --queue research | gzip > research.jsonl.gz
`;

function addJobExport(job: Command, does: Does): void {
  const command = job
    .command("export")
    .description("write jobs that have ended as a history that `baton simulate --trace` reads")
    .option("--since <time>", "only those that were submitted then or later: 7d (ago), 2026-12-24, 2026-12-24T18:00:00Z")
    .option("--until <time>", "only those that were submitted before; now when nothing is said")
    .option("--queue <queue>", "only those of this queue and of the queues below it")
    .option("--out <file>", "where to write it; - is standard output", "-")
    .addHelpText("after", exportExamples);
  does<ExportOptions>(command, async (context, options) => (await import("./commands/job-export.ts")).exportJobs(context, options));
}

function addQueue(program: Command, does: Does): void {
  const queue = printing(program.command("queue").description("look at and remove queues; `baton apply -f FILE` creates and changes them"));
  does(queue.command("list").description("list them with what is in them"), async (context) =>
    (await import("./commands/objects.ts")).listQueues(context),
  );
  does(queue.command("describe").description("show one with what is in it").argument("<name>"), async (context, _options, name: string) =>
    (await import("./commands/objects.ts")).describeQueue(context, name),
  );
  const remove = queue.command("delete").description("remove queues that nothing is in").argument("<name...>");
  does(remove, async (context, _options, names: readonly string[]) => (await import("./commands/objects.ts")).deleteQueues(context, names));
  does(queue.command("policy").description("show the policy in force"), async (context) =>
    (await import("./commands/objects.ts")).showPolicy(context),
  );
}

function addTenant(program: Command, does: Does): void {
  const tenant = printing(
    program
      .command("tenant")
      .description("look at and remove tenants, the queues at the top; `baton apply -f FILE` creates and changes them"),
  );
  does(tenant.command("list").description("list them with all that is below them"), async (context) =>
    (await import("./commands/objects.ts")).listTenants(context),
  );
  does(
    tenant.command("describe").description("show one with all that is below it").argument("<name>"),
    async (context, _options, name: string) => (await import("./commands/objects.ts")).describeQueue(context, name),
  );
  const remove = tenant.command("delete").description("remove tenants that nothing is in or below").argument("<name...>");
  does(remove, async (context, _options, names: readonly string[]) =>
    (await import("./commands/objects.ts")).deleteQueues(context, names, "tenant"),
  );
}
