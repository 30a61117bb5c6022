// `baton doctor`: proves that every run which has not ended has a deadline or something that wakes it, on the server or in
// a data folder that no server uses; and wakes those that have lost it.
import { existsSync } from "node:fs";
import { join } from "node:path";
import type { Diagnosis, Page } from "@baton/api";
import { readText, type Context } from "../context.ts";
import { allPages, clientOf } from "../connect.ts";
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

/** Examines all runs that have not ended; 1 where something is wrong that was not put right. */
export async function doctor(context: Context, options: DoctorOptions): Promise<ExitCode> {
  const ward = options.data === undefined ? onServer(context) : await inFolder(options.data, options);
  try {
    const found = await allPages((page) => ward.examine(page));
    const wrong = found.filter(isWrong);
    const after = options.fix === true ? await fix(context, ward, wrong) : new Map<string, Diagnosis>();
    const now = found.map((diagnosis) => after.get(diagnosis.id) ?? diagnosis);
    const shown = options.wrong === true ? now.filter(({ id }) => wrong.some((one) => one.id === id)) : now;
    context.out(formatRows(shown, columns, context.options.output ?? "table", context.outStyle, ({ id }) => id));
    return conclude(context, now);
  } finally {
    await ward.close();
  }
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

async function fix(context: Context, ward: Ward, wrong: readonly Diagnosis[]): Promise<Map<string, Diagnosis>> {
  const after = new Map<string, Diagnosis>();
  for (const { id, findings } of wrong) {
    if (!findings.some(({ fixable }) => fixable)) continue;
    const now = await ward.wake(id);
    after.set(id, now);
    context.say(`${id} ${isWrong(now) ? "woken; something is still wrong" : "woken"}\n`);
  }
  return after;
}

/** What is wrong, in words, and how many are well. */
function conclude(context: Context, all: readonly Diagnosis[]): ExitCode {
  const wrong = all.filter(isWrong);
  for (const { id, findings } of wrong)
    for (const { code, message, next } of findings) context.say(`${id} ${code}: ${harmless(message)}\n  next:  ${next}\n`);
  const runs = all.length === 1 ? "1 run has" : `${all.length} runs have`;
  const state = wrong.length === 0 ? "each has a deadline or something that wakes it" : `something is wrong with ${wrong.length}`;
  context.say(all.length === 0 ? "all runs have ended\n" : `${runs} not ended; ${state}\n`);
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
