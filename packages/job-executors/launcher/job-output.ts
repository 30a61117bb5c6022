// The two streams of a running job: from its pipes into its folder. A job that writes faster than is reasonable is made
// to wait, as by any pipe that is full; nothing that it writes is a reason to end it.
import { closeSync } from "node:fs";
import { drainMs, grownEveryMs, outputWindowBytes, outputWindowMs } from "../limits.ts";
import type { OutputStream } from "../port.ts";
import { OutputLog } from "../state/output-log.ts";
import type { Pipe, PipePool } from "./pipes.ts";

/** Collects what a job writes. */
export class JobOutput {
  readonly #pipes: { readonly [S in OutputStream]: Pipe };
  readonly #onGrown: () => void;
  readonly #closed: Promise<unknown>;
  #grownTimer: NodeJS.Timeout | undefined;

  constructor(pool: PipePool, folder: string, onGrown: () => void) {
    this.#pipes = { stdout: pool.open(), stderr: pool.open() };
    this.#onGrown = onGrown;
    this.#closed = Promise.all([this.#collect("stdout", folder), this.#collect("stderr", folder)]);
  }

  /** The ends to give to the job. */
  get writeEnds(): readonly [number, number] {
    return [this.#pipes.stdout.writeEnd, this.#pipes.stderr.writeEnd];
  }

  /** Once the job has its ends, or will never have them, ours must go: else the streams never end. */
  closeWriteEnds(): void {
    for (const end of this.writeEnds) closeSync(end);
  }

  /** Resolves when all is written down. A stranger who holds a stream open is not waited for. */
  async finish(): Promise<void> {
    const letGo = (): void => {
      for (const { reader } of Object.values(this.#pipes)) reader.destroy();
    };
    // After one more look at what is in the pipes: the time may have passed while nobody could look.
    const giveUp = setTimeout(() => setImmediate(letGo), drainMs);
    await this.#closed;
    clearTimeout(giveUp);
    clearTimeout(this.#grownTimer);
  }

  #collect(stream: OutputStream, folder: string): Promise<void> {
    const log = new OutputLog(folder, stream);
    const { reader } = this.#pipes[stream];
    let room = outputWindowBytes;
    let window: NodeJS.Timeout | undefined;
    const reopen = (): void => {
      window = undefined;
      room = outputWindowBytes;
      reader.resume();
    };
    reader.on("data", (chunk: Buffer) => {
      log.write(chunk);
      this.#grown();
      window ??= setTimeout(reopen, outputWindowMs);
      room -= chunk.length;
      if (room <= 0) reader.pause();
    });
    // A pipe that cannot be read any more has ended, as far as we can tell.
    reader.on("error", () => {});
    return new Promise((resolve) => {
      reader.on("close", () => {
        clearTimeout(window);
        log.close();
        resolve();
      });
    });
  }

  #grown(): void {
    this.#grownTimer ??= setTimeout(() => {
      this.#grownTimer = undefined;
      this.#onGrown();
    }, grownEveryMs);
  }
}
