// `baton up`: a server in this process, until it is told to stop.
import type { Millis } from "@baton/core";
import type { RetentionRule } from "@baton/runtime";
import { keepHeapSmall, startServer, type LogLevel, type ServerOptions } from "@baton/server";
import { jobsAtStop, podsAtStop } from "../node/jobs-at-stop.ts";
import { readText, serverToken, type Context } from "../context.ts";
import { exitCodes, type ExitCode } from "../exit-codes.ts";

export interface UpOptions {
  readonly data: string;
  readonly port: number;
  readonly host: string;
  readonly log: LogLevel;
  readonly secretKeyFile?: string;
  readonly resourceFolder?: string;
  readonly retention?: readonly RetentionRule[];
  readonly archive?: string;
  readonly keepEvents?: Millis;
  readonly keepJobs?: Millis;
  readonly record?: string;
  readonly recordLimit?: number;
  readonly eventSecret?: readonly string[];
  readonly stopJobs?: boolean;
  readonly kubernetes?: readonly string[];
  readonly kubernetesNamespaces?: readonly string[];
}

/** Serves until the first interrupt; what is under way then goes on at the next start. */
export async function up(context: Context, options: UpOptions): Promise<ExitCode> {
  keepHeapSmall();
  const token = serverToken(context.options);
  const secretKeys = options.secretKeyFile === undefined ? process.env["BATON_SECRET_KEY"] : await readText(options.secretKeyFile);
  const server = await startServer({
    dataDir: options.data,
    port: options.port,
    host: options.host,
    logLevel: options.log,
    ...(options.retention !== undefined && { retention: options.retention }),
    ...(options.archive !== undefined && { archiveDir: options.archive }),
    ...(options.keepJobs !== undefined && { keptJobsMs: options.keepJobs }),
    ...(options.keepEvents !== undefined && { keptEventsMs: options.keepEvents }),
    ...(options.eventSecret !== undefined && { eventSecrets: options.eventSecret }),
    ...(options.record !== undefined && { recording: recordingOf(options.record, options.recordLimit) }),
    ...(token !== undefined && { token }),
    ...(secretKeys !== undefined && { secretKeys }),
    ...(options.kubernetes !== undefined && { kubernetes: options.kubernetes }),
    ...(options.kubernetesNamespaces !== undefined && { kubernetesNamespaces: options.kubernetesNamespaces }),
    ...(options.resourceFolder !== undefined && { resourceFolder: options.resourceFolder }),
  });
  context.out(`baton listens on ${server.url} (data in ${options.data})\n`);
  await new Promise<void>((resolve) => {
    if (context.signal.aborted) resolve();
    context.signal.addEventListener("abort", () => resolve(), { once: true });
  });
  const { stopJobs = false } = options;
  context.say(
    `stopping: what is under way goes on at the next start\n${jobsAtStop(server.runningJobs(), stopJobs)}${podsAtStop(server.runningPods(), stopJobs)}`,
  );
  await server.close({ stopJobs });
  return exitCodes.done;
}

function recordingOf(folder: string, maxBytes: number | undefined): NonNullable<ServerOptions["recording"]> {
  return { folder, ...(maxBytes !== undefined && { maxBytes }) };
}
