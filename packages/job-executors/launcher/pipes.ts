// Real pipes for what jobs write. Node's own are socket pairs, which no program can open again under the name /dev/stdout.
// A named pipe can be made only by a program (mkfifo), so they are made many at a time and used again: a pipe whose
// ends are all closed holds nothing of the job before.
import { execFileSync } from "node:child_process";
import { closeSync, constants, mkdirSync, openSync, rmSync } from "node:fs";
import { Socket } from "node:net";
import { join } from "node:path";

const atOnce = 64;

/** A pipe with one end to give to a job and one to read from. */
export interface Pipe {
  /** To be closed when the job has its copy. */
  readonly writeEnd: number;
  readonly reader: Socket;
}

/** Named pipes in a folder of their own. */
export class PipePool {
  readonly #folder: string;
  readonly #free: string[] = [];
  #made = 0;

  constructor(folder: string) {
    this.#folder = folder;
    rmSync(folder, { recursive: true, force: true });
    mkdirSync(folder, { recursive: true, mode: 0o700 });
  }

  open(): Pipe {
    const path = this.#free.pop() ?? this.#make();
    // Neither end can be opened alone without waiting for the other, except both at once.
    const both = openSync(path, constants.O_RDWR | constants.O_NONBLOCK);
    const readEnd = openSync(path, constants.O_RDONLY | constants.O_NONBLOCK);
    const writeEnd = openSync(path, constants.O_WRONLY);
    closeSync(both);
    const reader = new Socket({ fd: readEnd, readable: true, writable: false });
    // While a stranger still holds the end to write to, the pipe is not free.
    let ended = false;
    reader.on("end", () => (ended = true));
    reader.on("close", () => ended && this.#free.push(path));
    return { writeEnd, reader };
  }

  #make(): string {
    const fresh = Array.from({ length: atOnce }, () => join(this.#folder, `${this.#made++}`));
    execFileSync("mkfifo", ["-m", "600", ...fresh]);
    this.#free.push(...fresh.slice(1));
    return fresh[0] as string;
  }
}
