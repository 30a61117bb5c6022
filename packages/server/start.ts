// Starts a server: checks that it may be reached as asked, takes its address, takes up what was under way, and only
// then takes requests. The address comes first, so that a server that cannot have it does not touch any run.
import { assert, type Millis } from "@baton/core";
import type { FastifyInstance } from "fastify";
import { logOf, openRuntime, version } from "./compose.ts";
import { openClusters } from "./kubernetes.ts";
import { openPackages } from "./packages/package-host.ts";
import { openLocalNode } from "./local-node.ts";
import { serverError } from "./errors.ts";
import { eventKeysOf } from "./event-keys.ts";
import { checkExposure } from "./http/access.ts";
import { createApp } from "./http/app.ts";
import { openStreams } from "./stream/stream.ts";
import { renderJobMetrics } from "./job-metrics.ts";
import { renderUpkeepMetrics } from "./upkeep-metrics.ts";
import { renderLockMetrics } from "./lock-metrics.ts";
import { PolledNodes } from "./polling/polled-nodes.ts";
import { renderMetrics, RequestMetrics } from "./metrics.ts";
import { defaultHost, defaultPort, type RunningServer, type ServerOptions } from "./options.ts";

/** Starts a server; rejects with a BatonError that says what keeps it from starting. */
export async function start(options: ServerOptions): Promise<RunningServer> {
  const { host = defaultHost, port = defaultPort, token } = options;
  checkExposure(host, token);
  const log = logOf(options);
  const requests = new RequestMetrics();
  const closing = new AbortController();
  let state: "starting" | "ok" | "stopping" = "starting";
  const opened = await openRuntime({ takesWorkers: true, ...options });
  const { runtime, vault, jobs, deployments, autoscalers } = opened;
  const metrics = (): string =>
    renderMetrics(runtime.stats(), requests, version) +
    renderJobMetrics(jobs) +
    renderUpkeepMetrics(deployments, autoscalers, jobs) +
    renderLockMetrics(runtime.locks.stats());
  const eventKeys = eventKeysOf(vault, options.eventSecrets);
  const polled = new PolledNodes(jobs);
  const services = { runtime, vault, jobs, deployments, autoscalers, polled, version, metrics, state: () => state, eventKeys };
  const app = createApp({ services, token, requests, log, closing: closing.signal });
  /** Lets go of what was opened here, where the server does not come up. */
  const undo: (() => unknown)[] = [];
  try {
    openStreams(app.server, { jobs, token, log, state: () => state, closing: closing.signal });
    const url = await listen(app, host, port);
    await opened.recover();
    const packages = openPackages(options.dataDir, { url, ...(token !== undefined && { token }) });
    undo.push(() => packages.close());
    opened.runPackages(packages.host);
    const node = options.localNode === false ? undefined : await openLocalNode(opened, options, packages.runner);
    undo.push(() => node?.close());
    const clusters = await openClusters(opened, options, log);
    undo.push(() => clusters.close());
    // Who is let in may ask for changes of what there is.
    await deployments.load();
    state = "ok";
    await deployments.recover();
    await autoscalers.recover();
    log({ level: "info", message: "server started", url, version });
    const close: RunningServer["close"] = async ({ stopJobs = false } = {}) => {
      state = "stopping";
      closing.abort();
      await closeWithin(app, closeGraceMs);
      // First of all, so that replicas that end with the node are not begun again.
      autoscalers.close();
      await deployments.close();
      const clustersEnded = stopJobs ? endWithin(clusters.stopAll(), stopJobsMs) : undefined;
      await node?.close(stopJobs ? { withinMs: stopJobsMs } : undefined);
      await clustersEnded;
      await clusters.close();
      packages.close();
      await opened.close();
      log({ level: "info", message: "server stopped", url });
    };
    return { url, runtime, runningJobs: () => node?.running() ?? 0, runningPods: () => clusters.running(), close: once(close) };
  } catch (error) {
    await app.close();
    for (const close of undo.toReversed()) await close();
    await opened.close();
    throw error;
  }
}

/** How long requests that are under way may take to be answered when the server closes. */
const closeGraceMs: Millis = 5000;

/** How long jobs that are told to end may take: they get SIGTERM, and after ten seconds SIGKILL. */
const stopJobsMs: Millis = 20_000;

async function endWithin(ending: Promise<void>, ms: Millis): Promise<void> {
  let timer: NodeJS.Timeout | undefined;
  await Promise.race([ending, new Promise((resolve) => (timer = setTimeout(resolve, ms)))]);
  clearTimeout(timer);
}

async function closeWithin(app: FastifyInstance, graceMs: Millis): Promise<void> {
  const cut = setTimeout(() => app.server.closeAllConnections(), graceMs);
  await app.close();
  clearTimeout(cut);
}

async function listen(app: FastifyInstance, host: string, port: number): Promise<string> {
  try {
    await app.listen({ host, port });
  } catch (error) {
    throw listenError(error, `${host}:${port}`);
  }
  const address = app.addresses().find((candidate) => typeof candidate !== "string");
  assert(address !== undefined, "Expected an address to listen on, but there is none.");
  const shown = address.family === "IPv6" ? `[${address.address}]` : address.address;
  return `http://${shown}:${address.port}`;
}

function listenError(error: unknown, where: string): unknown {
  const code = error instanceof Error && "code" in error ? error.code : undefined;
  if (code === "EADDRINUSE") return serverError("port-in-use", { message: `Another program listens on ${where}.`, where, cause: error });
  const message = `The server cannot listen on ${where} (${String(code ?? error)}).`;
  return serverError("address-unusable", { message, where, cause: error });
}

function once(close: RunningServer["close"]): RunningServer["close"] {
  let closed: Promise<void> | undefined;
  return (how) => (closed ??= close(how));
}
