// What a container writes, into the job's folder. Whoever starts it is attached to it from before its start (Docker): then
// nothing is missing however much it writes, because it waits for its reader. Whoever goes on after somebody else, or after the
// connection broke, reads the engine's log from the beginning and leaves out as many bytes of each stream as are there
// already; that log is bounded, so of more than it holds a part may then be missing.
import { setTimeout as sleep } from "node:timers/promises";
import type { Millis } from "@baton/core";
import { engineLogBytes, engineRetryMs } from "../limits.ts";
import type { OutputStream } from "../port.ts";
import { OutputLog, writtenBytes } from "../state/output-log.ts";
import { EngineRefusal, type EngineClient } from "./engine-client.ts";
import { frameReader } from "./frames.ts";

type Logs = { readonly [S in OutputStream]: OutputLog };

/** Collects what one container writes. */
export class ContainerOutput {
  readonly #folder: string;
  readonly #onGrown: () => void;
  #heardAt = performance.now();

  constructor(folder: string, onGrown: () => void) {
    this.#folder = folder;
    this.#onGrown = onGrown;
  }

  /** For how long nothing has come. */
  get silenceMs(): Millis {
    return performance.now() - this.#heardAt;
  }

  /** Listens to a container that is about to be started; gives what resolves when it writes no more, or the connection broke. */
  async attach(engine: EngineClient, container: string, signal: AbortSignal): Promise<{ readonly ended: Promise<void> }> {
    const query = { stream: true, stdout: true, stderr: true };
    const socket = await engine.hijack({ method: "POST", path: `/containers/${container}/attach`, query });
    const letGo = (): unknown => socket.destroy();
    signal.addEventListener("abort", letGo);
    const ended = this.#take(socket).then(noMatter, noMatter);
    return { ended: ended.finally(() => signal.removeEventListener("abort", letGo)) };
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
    // Of so much the log may have lost its beginning: nobody could tell where in it one is.
    const isRotated = this.#bytes > engineLogBytes / 2;
    if (isRotated && !follow) return true;
    try {
      const query = { follow, stdout: true, stderr: true, tail: isRotated ? 0 : "all" };
      await this.#take(await engine.open({ method: "GET", path: `/containers/${container}/logs`, query, signal }), !isRotated);
      return true;
    } catch (error) {
      return error instanceof EngineRefusal;
    }
  }

  /** Writes down what comes, without what is there already where it comes from the beginning. */
  async #take(source: AsyncIterable<Buffer>, isWhole = false): Promise<void> {
    const logs: Logs = { stdout: this.#logOf("stdout"), stderr: this.#logOf("stderr") };
    const skip = isWhole ? { stdout: logs.stdout.bytes, stderr: logs.stderr.bytes } : { stdout: 0, stderr: 0 };
    const take = frameReader((stream, data) => {
      const skipped = Math.min(skip[stream], data.length);
      skip[stream] -= skipped;
      logs[stream].write(data.subarray(skipped));
    });
    try {
      for await (const chunk of source) {
        take(chunk);
        this.#heardAt = performance.now();
        this.#onGrown();
      }
    } finally {
      logs.stdout.close();
      logs.stderr.close();
    }
  }

  get #bytes(): number {
    return writtenBytes(this.#folder, "stdout") + writtenBytes(this.#folder, "stderr");
  }

  #logOf(stream: OutputStream): OutputLog {
    return new OutputLog(this.#folder, stream, undefined, writtenBytes(this.#folder, stream));
  }
}

/** A broken connection is told from one that came to its end by the log, which is read in either case. */
function noMatter(): void {}
