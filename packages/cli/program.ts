// The commands as commander knows them. Each action loads its own module, so that a command pays only for
// what it uses.
import { Command, InvalidArgumentError, Option } from "commander";
import type { Status } from "@baton/engine";
import type { AnswerOptions } from "./commands/approvals.ts";
import type { ApplyOptions } from "./commands/apply.ts";
import type { DoctorOptions } from "./commands/doctor.ts";
import type { LintFormat } from "./commands/lint.ts";
import type { RunOptions } from "./commands/run.ts";
import type { ManyOptions } from "./commands/runs.ts";
import type { UpOptions } from "./commands/up.ts";
import type { EventListOptions, SendOptions } from "./commands/events.ts";
import type { SetOptions } from "./commands/webhooks.ts";
import { addOperationCommands, addRepairCommands, forMany } from "./repair-program.ts";
import { addRetention } from "./retention.ts";
import { processContext, type GlobalOptions } from "./context.ts";
import { addAutoscalerCommands, addDeploymentCommands, addPackageCommands } from "./deployment-program.ts";
import { addJobCommands } from "./job-program.ts";
import { addLockCommands } from "./lock-program.ts";
import { addNodeCommands } from "./node-program.ts";
import { collect, parseCount, parseSize, parseTimeout, printing, type Does, type Run } from "./program-options.ts";

/** Told how the command ended. */
export type Done = (code: number) => void;

const statuses: readonly Status[] = ["pending", "running", "waiting", "suspended", "completed", "faulted", "cancelled"];
const defaultPort = 7070;
const defaultLimit = 50;
const defaultFirings = 10;

/** Builds the program; `done` hears the exit code of the command that ran. */
export function buildProgram(signal: AbortSignal, done: Done): Command {
  const program = new Command("baton")
    .description("Service orchestration and task scheduling in one engine.")
    .version("0.1.0", "-V, --version")
    .option("--server <url>", "the server to talk to (or BATON_SERVER)")
    .option("--token <token>", "the bearer token for it (or BATON_TOKEN)")
    .configureHelp({ showGlobalOptions: true })
    .showHelpAfterError("(baton --help, or baton COMMAND --help, shows what there is)");
  /** Joins a command to what it does: options of the program and the command come together in the context. */
  const does = <T extends object>(command: Command, run: Run<T>): void => {
    command.action(async (...given: unknown[]) => {
      const names = given.slice(0, -2) as never[];
      const all = command.optsWithGlobals<T & GlobalOptions>();
      done(await run(processContext({ ...all, program: nameOf(command) }, signal), all, ...names));
    });
  };
  addServerCommands(program, does);
  addDoctorCommand(program, does);
  addFlowCommands(program, does);
  addRunCommands(program, does);
  addOperationCommands(program, does);
  addJobCommands(program, does);
  addNodeCommands(program, does);
  addDeploymentCommands(program, does);
  addAutoscalerCommands(program, does);
  addLockCommands(program, does);
  addApprovalCommands(program, does);
  addScheduleCommands(program, does);
  addFunctionCommands(program, does);
  addSecretCommands(program, does);
  addArchiveCommands(program, does);
  addWebhookCommands(program, does);
  addEventCommands(program, does);
  addToolCommands(program);
  return program;
}

/** A command with those that it belongs to, without what it was given. */
function nameOf(command: Command): string {
  return command.parent === null ? command.name() : `${nameOf(command.parent)} ${command.name()}`;
}

function addServerCommands(program: Command, does: Does): void {
  const up = program
    .command("up")
    .description("run a server in this process, with an embedded database")
    .option("--data <dir>", "where it keeps its data", ".baton")
    .option("--port <port>", "where it listens; 0 takes a free one", parsePort, defaultPort)
    .option("--host <address>", "the address it listens on; other than loopback only with --token", "127.0.0.1")
    .option("--secret-key-file <path>", "the keys that secrets are encrypted with, the current one first (or BATON_SECRET_KEY)")
    .option("--resource-folder <dir>", "the folder whose files flows may use as external resources")
    .addOption(new Option("--log <level>", "how much it says").choices(["debug", "info", "warning", "error"]).default("info"));
  up.option("--retention <rule...>", "how long runs are kept that have ended: P90D, faulted=P1Y, NAMESPACE:P7D", addRetention);
  up.option("--archive <dir>", "where runs go before they are forgotten; the folder archive in the data when nothing is said");
  up.option(
    "--keep-events <duration>",
    "how long events are kept for those who wait later, an hour when nothing is said: PT10M",
    parseTimeout,
  );
  up.option("--stop-jobs", "end the jobs of this machine when it stops; otherwise they run on, and the next start takes them up");
  up.option("--keep-jobs <duration>", "how long jobs are kept after their end, for ever when nothing is said: P30D", parseTimeout);
  up.option("--record <dir>", "records the scheduler there, for `baton simulate --recording`");
  up.option("--record-limit <size>", "what all recordings there may take: 1Gi when nothing is said", parseSize);
  up.option("--kubernetes <kubeconfig...>", "clusters whose nodes run jobs in containers: FILE, FILE:CONTEXT or in-cluster");
  up.option("--kubernetes-namespaces <name...>", "where jobs may go there, the first one unless they say; else the context's own");
  up.option("--event-secret <name...>", "names of secrets with one of which events that come in must be signed");
  does<UpOptions>(up, async (context, options) => (await import("./commands/up.ts")).up(context, options));
}

function addDoctorCommand(program: Command, does: Does): void {
  const doctor = program
    .command("doctor")
    .description("show what each run that has not ended waits for and until when, and find those that nothing would wake")
    .option("--data <dir>", "in a data folder that no server uses, instead of on the server")
    .option("--secret-key-file <path>", "the keys of that folder's secrets (or BATON_SECRET_KEY)")
    .option("--wrong", "show only runs with which something is wrong")
    .option("--fix", "wake those runs where that helps");
  printing(doctor);
  does<DoctorOptions>(doctor, async (context, options) => (await import("./commands/doctor.ts")).doctor(context, options));
}

function addApprovalCommands(program: Command, does: Does): void {
  const id = "RUN.STEP, or RUN where it waits for one approval alone";
  const approval = printing(program.command("approval").description("answer what flows ask people"));
  const list = approval
    .command("list")
    .description("list what waits for an answer")
    .option("--role <role>", "only what this role is meant to answer");
  does<{ role?: string }>(list, async (context, options) => (await import("./commands/approvals.ts")).listApprovals(context, options));
  does(
    approval.command("get").description("show one, with what there is to decide on").argument("<id>", id),
    async (context, _options, name: string) => (await import("./commands/approvals.ts")).getApproval(context, name),
  );
  for (const verb of ["approve", "reject"] as const) {
    const command = approval
      .command(verb)
      .description(`${verb} one`)
      .argument("<id>", id)
      .option("--by <name>", "who answers; the user of this machine, when nothing is said")
      .option("--reason <text>", "why")
      .option("--form <json>", "what the task's form asks for: JSON, @FILE, or - for standard input");
    does<AnswerOptions>(command, async (context, options, name: string) =>
      (await import("./commands/approvals.ts")).answerApproval(context, name, verb === "approve", options),
    );
  }
}

function addFlowCommands(program: Command, does: Does): void {
  const lint = program
    .command("lint")
    .description("show all problems of flows")
    .argument("<file...>", "files to look at; - is standard input");
  printing(lint, ["text", "json", "sarif", "github"]);
  does(lint, async (context, _options, files: readonly string[]) =>
    (await import("./commands/lint.ts")).lint(context, files, lint.opts<{ output?: LintFormat }>().output ?? "text"),
  );
  const apply = program
    .command("apply")
    .description("register flows, queues, tenants, deployments and the policy on the server, after all of it was checked")
    .requiredOption("-f, --file <path>", "a file, a folder of files, or - for standard input; may be repeated", collect)
    .option("--dry-run", "check everything and say what would become of it; nothing changes")
    .addHelpText("after", "\nExample:\n  baton apply -f tenants.yaml -f flows/ --dry-run");
  does<ApplyOptions>(printing(apply), async (context, options) => (await import("./commands/apply.ts")).apply(context, options));
  const start = program
    .command("start")
    .description("start a registered flow")
    .argument("<flow>", "NAME or NAMESPACE/NAME, with @VERSION for another than the newest")
    .option("-i, --input <json>", "the input: JSON, @FILE, or - for standard input")
    .option("--wait", "follow the run to its end")
    .option("--timeout <duration>", "wait no longer than this", parseTimeout)
    .option("--idempotency-key <key>", "start once, however often this is said");
  printing(start);
  does<{ input?: string; wait?: boolean; timeout?: number; idempotencyKey?: string }>(
    start,
    async (context, { timeout, ...options }, flow: string) =>
      (await import("./commands/flows.ts")).start(context, flow, { ...options, ...(timeout !== undefined && { timeoutMs: timeout }) }),
  );
  const flow = printing(program.command("flow").description("look at registered flows"));
  does(flow.command("list").description("list them"), async (context) => (await import("./commands/flows.ts")).listFlows(context));
  does(
    flow
      .command("get")
      .description("print the document of one")
      .argument("<flow>", "NAME or NAMESPACE/NAME, with @VERSION for another than the newest"),
    async (context, _options, name: string) => (await import("./commands/flows.ts")).getFlow(context, name),
  );
  addFlowDiff(flow, does);
  addFlowOpenApi(flow, does);
}

function addFlowOpenApi(flow: Command, does: Does): void {
  const openapi = flow
    .command("openapi")
    .description("print the flows of a namespace, or one flow, as services: OpenAPI 3.1")
    .argument("[flow]", "NAME or NAMESPACE/NAME, with @VERSION for another than the newest")
    .option("--namespace <name>", "the namespace, where no flow is named", "default");
  does<{ namespace: string }>(openapi, async (context, { namespace }, name: string | undefined) =>
    (await import("./commands/flows.ts")).describeFlows(context, name, namespace),
  );
}

function addFlowDiff(flow: Command, does: Does): void {
  const one = "a file, or NAME@VERSION of a registered flow";
  const diff = flow
    .command("diff")
    .description("show what differs between two flows by the names of steps, and whether live runs could go on with the second")
    .argument("<first>", one)
    .argument("<second>", one);
  does(diff, async (context, _options, first: string, second: string) =>
    (await import("./commands/flow-diff.ts")).diffFlow(context, first, second),
  );
}

function addRunCommands(program: Command, does: Does): void {
  const run = program
    .command("run")
    .description("run a flow to its end, or (with list, get, watch, cancel, terminate, suspend, resume, retry) look after runs")
    .argument("<file>", "the flow's file; - is standard input")
    .option("-i, --input <json>", "the input: JSON, @FILE, or - for standard input")
    .option("--local", "in this process, even where a server is configured")
    .option("--secret <source>", "a secret for a run in this process: NAME (an environment variable) or NAME=@FILE; repeatable", collect)
    .option("--secret-file <path>", "secrets for a run in this process: names and values in YAML or JSON")
    .option("--resource-folder <dir>", "the folder whose files the flow may use as external resources")
    .option("--timeout <duration>", "wait no longer than this", parseTimeout);
  // The commands below `run` take this option too: it is read before they are.
  printing(run);
  does<Omit<RunOptions, "timeoutMs"> & { timeout?: number }>(run, async (context, { timeout, ...options }, file: string) =>
    (await import("./commands/run.ts")).runFile(context, file, { ...options, ...(timeout !== undefined && { timeoutMs: timeout }) }),
  );
  const list = run
    .command("list")
    .description("list runs, newest first")
    .addOption(new Option("--status <status>", "only those in this status").choices([...statuses]))
    .option("--flow <name>", "only those of this flow")
    .option("--filter <filter>", "only those that fit it: reason = waiting.timer AND age > 2h")
    .option("--order-by <order>", "id, startedAt, endedAt, flow or status, with asc or desc behind it")
    .option("--limit <count>", "how many", parseCount, defaultLimit);
  does<{ status?: Status; flow?: string; filter?: string; orderBy?: string; limit: number }>(list, async (context, options) =>
    (await import("./commands/runs.ts")).listRuns(context, options),
  );
  does(run.command("get").description("show one run with its steps").argument("<id>"), async (context, _options, id: string) =>
    (await import("./commands/runs.ts")).getRun(context, id),
  );
  const watch = run
    .command("watch")
    .description("follow a run to its end")
    .argument("<id>")
    .option("--timeout <duration>", "wait no longer than this", parseTimeout);
  does<{ timeout?: number }>(watch, async (context, options, id: string) =>
    (await import("./commands/runs.ts")).watchRun(context, id, options.timeout),
  );
  for (const verb of ["cancel", "terminate", "suspend", "resume", "retry"] as const) {
    const command = run.command(verb).description(`${verb} runs`).argument("[id...]", "the runs' ids; - reads them from standard input");
    does<ManyOptions>(forMany(command), async (context, options, ids: readonly string[]) =>
      (await import("./commands/runs.ts")).controlRuns(context, verb, ids, options),
    );
  }
  addRepairCommands(run, does);
}

function addScheduleCommands(program: Command, does: Does): void {
  const flowName = "NAME or NAMESPACE/NAME";
  const schedule = printing(program.command("schedule").description("look at and handle the schedules of flows"));
  does(schedule.command("list").description("list them"), async (context) =>
    (await import("./commands/schedules.ts")).listSchedules(context),
  );
  does(schedule.command("get").description("show one").argument("<flow>", flowName), async (context, _options, flow: string) =>
    (await import("./commands/schedules.ts")).getSchedule(context, flow),
  );
  const next = schedule
    .command("next")
    .description("show its next firings, on the clocks of its zone and in UTC")
    .argument("<flow>", flowName)
    .option("--count <count>", "how many", parseCount, defaultFirings);
  does<{ count: number }>(next, async (context, { count }, flow: string) =>
    (await import("./commands/schedules.ts")).nextFirings(context, flow, count),
  );
  for (const verb of ["pause", "resume"] as const) {
    const command = schedule.command(verb).description(`${verb} schedules`).argument("<flow...>", flowName);
    does(command, async (context, _options, flows: readonly string[]) =>
      (await import("./commands/schedules.ts")).commandSchedules(context, verb, flows),
    );
  }
  const backfill = schedule
    .command("backfill")
    .description("start the runs of past firings that have none")
    .argument("<flow>", flowName)
    .requiredOption("--from <time>", "the first instant: 2026-12-24 or 2026-12-24T18:00:00Z")
    .option("--until <time>", "the last instant; now, when nothing is said");
  does<{ from: string; until?: string }>(backfill, async (context, range, flow: string) =>
    (await import("./commands/schedules.ts")).backfill(context, flow, range),
  );
}

function addFunctionCommands(program: Command, does: Does): void {
  const group = printing(program.command("function").description("functions that flows call as NAME:VERSION@default"));
  const within = (command: Command): Command =>
    command.option("--namespace <name>", "the namespace; those of `default` are for every flow", "default");
  const apply = within(
    group
      .command("apply")
      .description("add functions to the default catalog")
      .argument("<path...>", "files, or folders of NAME/VERSION/function.yaml"),
  ).option("--as <name:version>", "what a single file is called");
  does<{ namespace: string; as?: string }>(apply, async (context, options, paths: readonly string[]) =>
    (await import("./commands/functions.ts")).applyFunctions(context, paths, options),
  );
  addPackageCommands(group, does);
  does<{ namespace?: string }>(
    group
      .command("list")
      .description("list them: documents of the catalog, and code that packages and connected workers bring")
      .option("--namespace <name>", "only the documents of this namespace")
      .addHelpText("after", "\nExample:\n  baton function list -o json"),
    async (context, options) => (await import("./commands/function-list.ts")).listFunctions(context, options),
  );
  const get = within(group.command("get").description("show one").argument("<function>", "NAME:VERSION"));
  does<{ namespace: string }>(get, async (context, options, name: string) =>
    (await import("./commands/functions.ts")).getFunction(context, name, options),
  );
  const remove = within(
    group
      .command("delete")
      .description("delete versions of functions, or stop packages; registered flows keep theirs")
      .argument("<function...>", "NAME:VERSION, or the NAME of a package"),
  );
  does<{ namespace: string }>(remove, async (context, options, names: readonly string[]) =>
    (await import("./commands/functions.ts")).deleteFunctions(context, names, options),
  );
}

function addSecretCommands(program: Command, does: Does): void {
  const secret = printing(program.command("secret").description("secrets that flows may read; their values are never shown"));
  const within = (command: Command): Command => command.option("--namespace <name>", "the namespace whose flows may read them", "default");
  const set = within(secret.command("set").description("create a secret, or give it another value").argument("<name>"))
    .option("--file <path>", "the file with the value; standard input, when nothing is said", "-")
    .option("--json", "the value is JSON, such as an object with username and password");
  does<{ namespace: string; file: string; json?: boolean }>(set, async (context, options, name: string) =>
    (await import("./commands/secrets.ts")).setSecret(context, name, options),
  );
  does<{ namespace: string }>(within(secret.command("list").description("list their names")), async (context, options) =>
    (await import("./commands/secrets.ts")).listSecrets(context, options),
  );
  const remove = within(secret.command("delete").description("delete secrets").argument("<name...>"));
  does<{ namespace: string }>(remove, async (context, options, names: readonly string[]) =>
    (await import("./commands/secrets.ts")).deleteSecrets(context, names, options),
  );
  does(secret.command("rotate").description("encrypt them with the server's current key"), async (context) =>
    (await import("./commands/secrets.ts")).rotateSecrets(context),
  );
  does(secret.command("generate-key").description("print a new key for `baton up --secret-key-file`"), async (context) =>
    (await import("./commands/secrets.ts")).generateKey(context),
  );
}

function addEventCommands(program: Command, does: Does): void {
  const event = printing(program.command("event").description("send events, and look at those that are kept"));
  const send = event
    .command("send")
    .description("send an event to the flows that wait for it")
    .option("--type <type>", "what kind of event it is")
    .option("--source <source>", "where it comes from, a URI reference", "baton-cli")
    .option("--id <id>", "what tells it from others of its source; a new one when nothing is said")
    .option("--subject <subject>", "what it is about")
    .option("--data <json>", "its payload as JSON, or @FILE")
    .addOption(
      new Option("--file <path>", "a CloudEvent as JSON, or a list of them; - for standard input").conflicts([
        "type",
        "data",
        "id",
        "subject",
      ]),
    );
  does<SendOptions>(send, async (context, options) => (await import("./commands/events.ts")).sendEvent(context, options));
  const list = event
    .command("list")
    .description("list the events that are kept, the newest first")
    .option("--type <type>", "only of this type")
    .option("--source <source>", "only of this source")
    .option("--limit <n>", "at most so many", parseCount, 50);
  does<EventListOptions>(list, async (context, options) => (await import("./commands/events.ts")).listEvents(context, options));
  does(event.command("get").description("show one").argument("<number>"), async (context, _options, number: string) =>
    (await import("./commands/events.ts")).getEvent(context, number),
  );
}

function addWebhookCommands(program: Command, does: Does): void {
  const webhook = printing(program.command("webhook").description("tell others of events over HTTP"));
  does(webhook.command("list").description("list the webhooks"), async (context) =>
    (await import("./commands/webhooks.ts")).listWebhooks(context),
  );
  does(webhook.command("get").description("show one").argument("<name>"), async (context, _options, name: string) =>
    (await import("./commands/webhooks.ts")).getWebhook(context, name),
  );
  const set = webhook
    .command("set")
    .description("create one, or replace what it had")
    .argument("<name>", "lower-case letters, digits and hyphens")
    .requiredOption("--url <url>", "the address that events are sent to")
    .option("--type <type...>", "types of events, with a * at the end for any rest; all, when nothing is said")
    .option("--namespace <name>", "only events of runs of this namespace")
    .option("--flow <name>", "only events of runs of this flow")
    .addOption(new Option("--content <mode>", "how an event goes over HTTP").choices(["structured", "binary"]))
    .option("--secret <name...>", "names of the secrets that sign, two while one is exchanged for another");
  does<SetOptions>(set, async (context, options, name: string) =>
    (await import("./commands/webhooks.ts")).setWebhook(context, name, options),
  );
  does(
    webhook.command("delete").description("delete one with all its deliveries").argument("<name>"),
    async (context, _options, name: string) => (await import("./commands/webhooks.ts")).deleteWebhook(context, name),
  );
  for (const verb of ["pause", "resume"] as const) {
    does(
      webhook.command(verb).description(`${verb} one; what happens meanwhile is kept`).argument("<name>"),
      async (context, _options, name: string) => (await import("./commands/webhooks.ts")).commandWebhook(context, verb, name),
    );
  }
  does(
    webhook.command("test").description("send it an event of no meaning, once").argument("<name>"),
    async (context, _options, name: string) => (await import("./commands/webhooks.ts")).testWebhook(context, name),
  );
  addDeliveryCommands(webhook, does);
}

function addDeliveryCommands(webhook: Command, does: Does): void {
  const deliveries = webhook
    .command("deliveries")
    .description("list what it was sent, or is to be, newest first")
    .argument("<name>")
    .addOption(new Option("--status <status>", "only those in this status").choices(["pending", "delivered", "failed"]))
    .option("--limit <count>", "how many", parseCount, defaultLimit);
  does<{ status?: "pending" | "delivered" | "failed"; limit: number }>(deliveries, async (context, options, name: string) =>
    (await import("./commands/webhooks.ts")).listDeliveries(context, name, options),
  );
  const redeliver = webhook
    .command("redeliver")
    .description("send deliveries again that have ended")
    .argument("<name>")
    .argument("<id...>");
  does(redeliver, async (context, _options, name: string, ids: readonly string[]) =>
    (await import("./commands/webhooks.ts")).redeliver(context, name, ids),
  );
}

function addArchiveCommands(program: Command, does: Does): void {
  const archive = printing(program.command("archive").description("read runs that were archived"));
  const path = "a folder of the archive, or one of its files";
  does(archive.command("list").description("list them").argument("<path>", path), async (context, _options, from: string) =>
    (await import("./commands/archive.ts")).listArchive(context, from),
  );
  does(
    archive.command("show").description("show one with its steps").argument("<path>", path).argument("<id>"),
    async (context, _options, from: string, id: string) => (await import("./commands/archive.ts")).showArchived(context, from, id),
  );
}

/** Tools with a command line of their own (tools.ts runs them before this program is asked): here for the help. */
function addToolCommands(program: Command): void {
  program.command("jq").description("run an expression on JSON, as jq does").argument("<program>");
  program
    .command("simulate")
    .description("run the scheduler on a virtual clock, over a trace or a generated load")
    .argument("[options...]");
}

function parsePort(text: string): number {
  const port = Number(text);
  if (!Number.isInteger(port) || port < 0 || port > 65_535) throw new InvalidArgumentError("A port is a number from 0 to 65535.");
  return port;
}
