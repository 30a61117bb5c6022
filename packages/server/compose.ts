// The composition root: the one place that names a concrete store and concrete executors.
import { join } from "node:path";
import type { JsonObject } from "@baton/core";
import { compileWorkflow } from "@baton/dsl";
import { createHttpExecutor, createOpenApiExecutor, createProcessExecutor, createResourceLoader } from "@baton/executors";
import {
  Cloak,
  createRuntime,
  Jobs,
  givenSecrets,
  openVault,
  readKeyring,
  StepJobs,
  systemClock,
  jobEndedType,
  type JobHooks,
  type LogRecord as RuntimeRecord,
  type Runtime,
} from "@baton/runtime";
import { openMemoryStore, openSqliteStore, type Store } from "@baton/storage";
import { tenant } from "./exchange.ts";
import { openUpkeep } from "./upkeep.ts";
import { createFileArchive } from "./archive/file-archive.ts";
import { EmbeddedNode } from "./embedded-node.ts";
import { atLeast, errorFields, writeToStderr, type LogWriter } from "./log.ts";
import type { OpenRuntime, RuntimeSetup } from "./options.ts";
import manifest from "./package.json" with { type: "json" };

/** The version of this program. */
export const version: string = manifest.version;

const metadata: JsonObject = {};

/** Opens the store and makes a runtime on it. What was under way is taken up when `runtime.recover()` is called. */
export async function openRuntime(setup: RuntimeSetup = {}): Promise<OpenRuntime> {
  let hide = (text: string): string => text;
  const log = hiding(logOf(setup), (text) => hide(text));
  const keyring = setup.secretKeys === undefined ? undefined : readKeyring(setup.secretKeys, "the keys for secrets");
  const store = await openStore(setup);
  const resources = createResourceLoader(setup.resourceFolder === undefined ? {} : { folder: setup.resourceFolder });
  const record = (entry: RuntimeRecord): void => log(toServerRecord(entry));
  const vault = await openVault({ store, clock: systemClock, keyring, log: record });
  const secrets = setup.secrets === undefined ? vault : givenSecrets(setup.secrets);
  const cloak = new Cloak(secrets);
  hide = (text) => cloak.hideText(tenant, text);
  const recorder = setup.recording && (await import("./recording.ts")).openRecorder({ ...setup.recording, log: record });
  const basics = { store, tenant, clock: systemClock, random: Math.random, log: record };
  const kept = setup.keptJobsMs === undefined ? {} : { keptMs: setup.keptJobsMs };
  const jobs = new Jobs({ ...basics, ...kept, ...(recorder && { recorder }), hooks: hooksOf(() => runtime) });
  const isSecret = (text: string): boolean => cloak.hideText(tenant, text) !== text;
  const beside = createProcessExecutor({ resources });
  const embedded = new EmbeddedNode({ jobs, store }, setup);
  const hasNodes = setup.takesWorkers === true;
  const stepJobs = new StepJobs({
    jobs,
    clock: systemClock,
    isSecret,
    resources,
    beside,
    kinds: ["function", "container", ...(hasNodes && setup.executors === undefined ? (["shell", "script"] as const) : [])],
    needNode: () => (hasNodes ? Promise.resolve() : embedded.open()),
  });
  const runtime = createRuntime({
    store,
    compile: compileWorkflow,
    executors: [...(setup.executors ?? [createHttpExecutor(), createOpenApiExecutor(resources), beside]), stepJobs],
    ...(setup.takesWorkers === true ? { codeFunctions: jobs.functions } : {}),
    runtimeInfo: { name: "baton", version, metadata },
    log: record,
    secrets,
    ...(setup.dataDir === undefined ? {} : { archive: createFileArchive(setup.archiveDir ?? join(setup.dataDir, "archive")) }),
    ...(setup.retention === undefined ? {} : { retention: setup.retention }),
    resources,
    ...(setup.keptEventsMs === undefined ? {} : { keptEventsMs: setup.keptEventsMs }),
    ...(setup.firesSchedules === undefined ? {} : { firesSchedules: setup.firesSchedules }),
    ...(setup.limits === undefined ? {} : { limits: setup.limits }),
  });
  const upkeep = openUpkeep({ ...basics, jobs, secrets }, setup);
  const { deployments, autoscalers, runPackages } = upkeep;
  return {
    runtime,
    vault,
    jobs,
    deployments,
    autoscalers,
    runPackages,
    store,
    recover: async () => {
      await runtime.recover();
      await jobs.recover();
      await stepJobs.endOrphans((runId, step) => runtime.awaitsWork(tenant, runId, step));
    },
    close: async () => {
      await upkeep.close();
      await runtime.close();
      await beside.close();
      await embedded.close();
      await jobs.close();
      recorder?.close();
      await resources.close();
      await store.close();
    },
  };
}

/** Lines of the log without secrets, whoever wrote them. */
function hiding(log: LogWriter, hide: (text: string) => string): LogWriter {
  return ({ level, message, ...fields }) => {
    const shown = Object.entries(fields).map(([name, value]) => [name, typeof value === "string" ? hide(value) : value] as const);
    log({ level, message: hide(message), ...Object.fromEntries(shown) });
  };
}

/** The ends of jobs are told by the same webhooks as those of runs. */
function hooksOf(runtime: () => Runtime): JobHooks {
  const spec = { types: [jobEndedType], namespace: null, flow: null, content: "structured" } as const;
  return {
    ensure: (of, { name, url, secrets }) => runtime().webhooks.ensure(of, name, { ...spec, url, secrets }),
    wake: (of, name) => runtime().webhooks.wake(of, name),
  };
}

function openStore({ dataDir, maxDataBytes }: RuntimeSetup): Store | Promise<Store> {
  if (dataDir === undefined) return openMemoryStore();
  return openSqliteStore({ folder: dataDir, ...(maxDataBytes === undefined ? {} : { maxSizeBytes: maxDataBytes }) });
}

/** The writer that a setup asks for. */
export function logOf({ log, logLevel }: RuntimeSetup): LogWriter {
  return atLeast(logLevel ?? "info", log ?? writeToStderr);
}

function toServerRecord({ level, message, runId, error }: RuntimeRecord): Parameters<LogWriter>[0] {
  return { level, message, ...(runId === undefined ? {} : { runId }), ...(error === undefined ? {} : errorFields(error)) };
}
