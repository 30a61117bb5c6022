// `baton doctor`: proves that every run which has not ended has a deadline or something that wakes it, on the server or in
// a data folder that no server uses; and wakes those that have lost it.
import { existsSync } from "node:fs";
import { join } from "node:path";
import type { Diagnosis, Page } from "@baton/api";
import { readText, type Context } from "../context.ts";
import { clientOf } from "../connect.ts";
import { exitCodes, type ExitCode } from "../exit-codes.ts";
import { CommandFailure } from "../failure.ts";
import { formatRows, type Column } from "../output/table.ts";
import { harmless } from "../output/tree.ts";

/** What the command may be told. */
export interface DoctorOptions {
  readonly data?: string;
  readonly secretKeyFile?: string;
  readonly fix?: boolean;
  readonly wrong?: boolean;
}

/** Where runs are examined: page by page, and one after it was woken. */
interface Ward {
  examine(page: { readonly pageToken?: string }): Promise<Page<Diagnosis>>;
  wake(id: string): Promise<Diagnosis>;
  close(): Promise<void>;
}

const pageSize = 200;
const tenant = "default";

const columns: readonly Column<Diagnosis>[] = [
  { title: "RUN", of: ({ id }) => id },
  { title: "FLOW", of: ({ workflow }) => `${workflow.namespace}/${workflow.name}` },
  { title: "VERSION", of: ({ workflow }) => workflow.version, wide: true },
  { title: "STATUS", of: ({ status }) => status },
  { title: "WAITS FOR", of: ({ waits }) => waitsText(waits) },
  { title: "UNTIL", of: ({ waits }) => untilText(waits) },
  { title: "WRONG", of: ({ findings }, style) => style.paint(findings.map(({ code }) => code).join(", "), "red") },
];

/** What was found: how many runs have not ended, and those with which something is still wrong. */
interface Round {
  runs: number;
  readonly shown: Diagnosis[];
  readonly wrong: Diagnosis[];
}

/** Examines all runs that have not ended; 1 where something is wrong that was not put right. */
export async function doctor(context: Context, options: DoctorOptions): Promise<ExitCode> {
  const ward = options.data === undefined ? onServer(context) : await inFolder(options.data, options);
  const round: Round = { runs: 0, shown: [], wrong: [] };
  try {
    let pageToken: string | null = "";
    while (pageToken !== null && !context.signal.aborted) {
      const page: Page<Diagnosis> = await ward.examine(pageToken === "" ? {} : { pageToken });
      for (const found of page.items) await visit(context, ward, round, options, found);
      pageToken = page.nextPageToken;
    }
  } finally {
    await ward.close();
  }
  if (context.signal.aborted) return exitCodes.interrupted;
  context.out(formatRows(round.shown, columns, context.options.output ?? "table", context.outStyle, ({ id }) => id));
  const code = conclude(context, round);
  if (options.data === undefined) await sayAbilities(context);
  return code;
}

/** What the machines can do, as they found out when they started. */
async function sayAbilities(context: Context): Promise<void> {
  const machines = (await clientOf(context.options).nodes.list()).filter(({ kind }) => kind === "machine");
  for (const { name, labels } of machines) {
    const { "baton/processes": processes, "baton/sandbox": sandbox, "baton/containers": engine, "baton/container-socket": socket } = labels;
    if (processes === undefined) continue;
    const scripts = sandbox === undefined || sandbox === "none" ? "without a sandbox" : `in ${sandbox}`;
    const containers =
      engine === undefined ? "no containers, for neither Docker nor Podman was found" : `containers by ${engine} at ${socket}`;
    context.say(`${name} runs processes, limited by ${processes}; scripts ${scripts}; ${containers}\n`);
  }
}

/** Wakes a run where that helps. What is well is not kept where only the others are to be shown. */
async function visit(context: Context, ward: Ward, round: Round, options: DoctorOptions, found: Diagnosis): Promise<void> {
  round.runs++;
  const wakes = options.fix === true && found.findings.some(({ fixable }) => fixable);
  const now = wakes ? await wake(context, ward, found.id) : found;
  if (options.wrong !== true || isWrong(found)) round.shown.push(now);
  if (isWrong(now)) round.wrong.push(now);
}

async function wake(context: Context, ward: Ward, id: string): Promise<Diagnosis> {
  const now = await ward.wake(id);
  context.say(`${id} ${isWrong(now) ? "woken; something is still wrong" : "woken"}\n`);
  return now;
}

function isWrong({ findings }: Diagnosis): boolean {
  return findings.length > 0;
}

/** `pay: work, ship: event`; a run with much under way says how much more there is. */
function waitsText(waits: Diagnosis["waits"]): string {
  const shown = waits.slice(0, 3).map(({ for: kind, name }) => `${kind} (${name})`);
  return shown.join(", ") + (waits.length > shown.length ? ` and ${waits.length - shown.length} more` : "");
}

function untilText(waits: Diagnosis["waits"]): string {
  const instants = waits.flatMap(({ until }) => until ?? []).toSorted();
  return instants[0] ?? "";
}

/** What is wrong, in words, and how many are well. */
function conclude(context: Context, { runs, wrong }: Round): ExitCode {
  for (const { id, findings } of wrong)
    for (const { code, message, next } of findings) context.say(`${id} ${code}: ${harmless(message)}\n  next:  ${next}\n`);
  const all = runs === 1 ? "1 run has" : `${runs} runs have`;
  const state = wrong.length === 0 ? "each has a deadline or something that wakes it" : `something is wrong with ${wrong.length}`;
  context.say(runs === 0 ? "all runs have ended\n" : `${all} not ended; ${state}\n`);
  return wrong.length === 0 ? exitCodes.done : exitCodes.failed;
}

function onServer(context: Context): Ward {
  const client = clientOf(context.options);
  return {
    examine: (page) => client.listDiagnoses({ pageSize, ...page }),
    wake: (id) => client.wakeRun(id),
    close: async () => {},
  };
}

/** The folder's runs, driven by nobody: what is woken goes on when a server is started on it. */
async function inFolder(folder: string, { secretKeyFile }: DoctorOptions): Promise<Ward> {
  if (!existsSync(join(folder, "baton.db")))
    throw new CommandFailure(exitCodes.notFound, "there is no data here", {
      where: folder,
      next: "name the folder that `baton up --data` was given",
    });
  const { diagnosisView, openRuntime } = await import("@baton/server");
  const secretKeys = secretKeyFile === undefined ? process.env["BATON_SECRET_KEY"] : await readText(secretKeyFile);
  const keys = secretKeys === undefined ? {} : { secretKeys };
  const opened = await openRuntime({ dataDir: folder, executors: [], firesSchedules: false, logLevel: "error", ...keys });
  const { doctor: doctors } = opened.runtime;
  return {
    examine: async ({ pageToken }) => {
      const items = (await doctors.examineRuns(tenant, pageToken, pageSize)).map(diagnosisView);
      return { items, nextPageToken: items.length < pageSize ? null : (items.at(-1)?.id ?? null) };
    },
    wake: async (id) => {
      await doctors.wake(tenant, id);
      const found = await doctors.examineRun(tenant, id);
      if (found === null) throw new CommandFailure(exitCodes.notFound, "the run is gone", { where: id });
      return diagnosisView(found);
    },
    close: () => opened.close(),
  };
}
