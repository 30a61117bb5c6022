// What a container writes: from the engine's log into the job's folder. The engine keeps a bounded log itself, so whoever
// goes on after somebody else reads it from the beginning and leaves out as many bytes of each stream as are there already.
import { statSync } from "node:fs";
import { setTimeout as sleep } from "node:timers/promises";
import { engineRetryMs } from "../limits.ts";
import type { OutputStream } from "../port.ts";
import { OutputLog, segmentsOf } from "../state/output-log.ts";
import { EngineRefusal, type EngineClient } from "./engine-client.ts";
import { frameReader } from "./frames.ts";

/** Collects what one container writes. */
export class ContainerOutput {
  readonly #folder: string;
  readonly #onGrown: () => void;

  constructor(folder: string, onGrown: () => void) {
    this.#folder = folder;
    this.#onGrown = onGrown;
  }

  /** Resolves when the container writes no more. */
  async follow(engine: EngineClient, container: string, signal: AbortSignal): Promise<void> {
    while (!signal.aborted && !(await this.#read(engine, container, true, signal))) await sleep(engineRetryMs);
  }

  /** Once the container has ended: those who follow may miss a last line that has no end (Docker 20.10 does). */
  async finish(engine: EngineClient, container: string, signal: AbortSignal): Promise<void> {
    await this.#read(engine, container, false, signal);
  }

  /** Reads the log once; false where the connection broke and it should be read again. */
  async #read(engine: EngineClient, container: string, follow: boolean, signal: AbortSignal): Promise<boolean> {
    const logs = { stdout: this.#logOf("stdout"), stderr: this.#logOf("stderr") };
    const skip = { stdout: logs.stdout.bytes, stderr: logs.stderr.bytes };
    const take = frameReader((stream, data) => {
      const skipped = Math.min(skip[stream], data.length);
      skip[stream] -= skipped;
      logs[stream].write(data.subarray(skipped));
    });
    try {
      const query = { follow, stdout: true, stderr: true };
      const response = await engine.open({ method: "GET", path: `/containers/${container}/logs`, query, signal });
      for await (const chunk of response as AsyncIterable<Buffer>) {
        take(chunk);
        this.#onGrown();
      }
      return true;
    } catch (error) {
      return error instanceof EngineRefusal;
    } finally {
      logs.stdout.close();
      logs.stderr.close();
    }
  }

  #logOf(stream: OutputStream): OutputLog {
    const last = segmentsOf(this.#folder, stream).at(-1);
    const bytes = last === undefined ? 0 : last.offset + statSync(last.path).size;
    return new OutputLog(this.#folder, stream, undefined, bytes);
  }
}
