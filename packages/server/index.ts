// The HTTP server and the composition root. Loading this file is cheap: the HTTP library comes with the first server.
import type { RunningServer, ServerOptions } from "./options.ts";

export { readArchive, type ArchivedEntry } from "./archive/read-archive.ts";
export { openRuntime, version } from "./compose.ts";
export { diagnosisView } from "./handlers/doctor.ts";
export type { ServerErrorCode } from "./errors.ts";
export { keepHeapSmall } from "./heap.ts";
export type { LogLevel, LogRecord, LogWriter } from "./log.ts";
export { defaultHost, defaultPort, type OpenRuntime, type RunningServer, type RuntimeSetup, type ServerOptions } from "./options.ts";

/** Starts a server; rejects with a BatonError that says what keeps it from starting. */
export async function startServer(options: ServerOptions = {}): Promise<RunningServer> {
  const { start } = await import("./start.ts");
  return start(options);
}
