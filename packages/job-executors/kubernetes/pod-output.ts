// What a pod writes: from the cluster's log into the job's folder, as stdout: clusters keep both streams as one. Whoever goes
// on after a break reads the log from its beginning and leaves out as many bytes as are there already.
import { setTimeout as sleep } from "node:timers/promises";
import { clusterRetryMs, logSilenceMs } from "../limits.ts";
import { OutputLog, writtenBytes } from "../state/output-log.ts";
import { ApiRefusal, type ApiClient } from "./api-client.ts";
import { containerName } from "./pod-end.ts";

/** Collects what one pod writes. */
export class PodOutput {
  readonly #client: ApiClient;
  readonly #folder: string;
  readonly #onGrown: () => void;
  /** Why the log could not be read last. */
  #trouble: string | undefined;

  constructor(client: ApiClient, folder: string, onGrown: () => void) {
    this.#client = client;
    this.#folder = folder;
    this.#onGrown = onGrown;
  }

  /** Resolves when the pod writes no more, or has no log any more. */
  async follow(podPath: string, signal: AbortSignal): Promise<void> {
    for (let waitMs = clusterRetryMs.first; !signal.aborted; waitMs = Math.min(waitMs * 2, clusterRetryMs.longest)) {
      const before = writtenBytes(this.#folder, "stdout");
      if (await this.#read(podPath, true, signal)) return;
      if (writtenBytes(this.#folder, "stdout") > before) waitMs = clusterRetryMs.first;
      await sleep(waitMs, undefined, { signal }).catch(() => undefined);
    }
  }

  /** Once the pod has ended: a log that ended may have been cut off by a server that went away. */
  async finish(podPath: string, signal: AbortSignal): Promise<void> {
    await this.#read(podPath, false, signal);
  }

  /** Nothing more will be read. What is missing is said, in the stream that clusters leave empty. */
  end(): void {
    if (this.#trouble === undefined) return;
    const log = new OutputLog(this.#folder, "stderr", undefined, writtenBytes(this.#folder, "stderr"));
    log.write(Buffer.from(`baton: what the pod wrote cannot be read, or not to its end: ${this.#trouble}\n`));
    log.close();
    this.#onGrown();
  }

  /** Reads the log once; false where the connection broke and it should be read again. */
  async #read(podPath: string, follow: boolean, signal: AbortSignal): Promise<boolean> {
    const log = new OutputLog(this.#folder, "stdout", undefined, writtenBytes(this.#folder, "stdout"));
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
      this.#trouble = undefined;
      return true;
    } catch (error) {
      if (!signal.aborted) this.#trouble = troubleOf(error);
      return error instanceof ApiRefusal && error.status < 500;
    } finally {
      log.close();
    }
  }
}

/** A pod that is gone, or never ran, has no log that could be missed. */
function troubleOf(error: unknown): string | undefined {
  if (error instanceof ApiRefusal && [400, 404].includes(error.status)) return undefined;
  return error instanceof Error ? error.message : String(error);
}
