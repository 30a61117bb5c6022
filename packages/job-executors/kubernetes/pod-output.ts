// What a pod writes: from the cluster's log into the job's folder, as stdout: clusters keep both streams as one. Whoever goes
// on after a break reads the log from its beginning and leaves out as many bytes as are there already.
import { statSync } from "node:fs";
import { setTimeout as sleep } from "node:timers/promises";
import { clusterRetryMs, logSilenceMs } from "../limits.ts";
import { OutputLog, segmentsOf } from "../state/output-log.ts";
import { ApiRefusal, type ApiClient } from "./api-client.ts";
import { containerName } from "./pod-end.ts";

/** Collects what one pod writes. */
export class PodOutput {
  readonly #client: ApiClient;
  readonly #folder: string;
  readonly #onGrown: () => void;

  constructor(client: ApiClient, folder: string, onGrown: () => void) {
    this.#client = client;
    this.#folder = folder;
    this.#onGrown = onGrown;
  }

  /** Resolves when the pod writes no more, or has no log any more. */
  async follow(podPath: string, signal: AbortSignal): Promise<void> {
    while (!signal.aborted && !(await this.#read(podPath, true, signal))) await sleep(clusterRetryMs.first);
  }

  /** Once the pod has ended: a log that ended may have been cut off by a server that went away. */
  async finish(podPath: string, signal: AbortSignal): Promise<void> {
    await this.#read(podPath, false, signal);
  }

  /** Reads the log once; false where the connection broke and it should be read again. */
  async #read(podPath: string, follow: boolean, signal: AbortSignal): Promise<boolean> {
    const log = new OutputLog(this.#folder, "stdout", undefined, bytesIn(this.#folder));
    let skip = log.bytes;
    try {
      const call = { method: "GET", path: `${podPath}/log`, query: { container: containerName, follow }, signal } as const;
      const response = await this.#client.open(call, follow ? undefined : logSilenceMs);
      for await (const chunk of response as AsyncIterable<Buffer>) {
        const skipped = Math.min(skip, chunk.length);
        skip -= skipped;
        log.write(chunk.subarray(skipped));
        this.#onGrown();
      }
      return true;
    } catch (error) {
      return error instanceof ApiRefusal && error.status < 500;
    } finally {
      log.close();
    }
  }
}

function bytesIn(folder: string): number {
  const last = segmentsOf(folder, "stdout").at(-1);
  return last === undefined ? 0 : last.offset + statSync(last.path).size;
}
