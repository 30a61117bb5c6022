// How instances of packages reach the server: a file that only its own user may read.
import { mkdirSync, renameSync, writeFileSync } from "node:fs";
import { dirname } from "node:path";

/** Where the server is, and how to be let in. */
export interface Connection {
  readonly url: string;
  readonly token?: string;
}

/** Writes it as a whole: whoever reads meanwhile finds the one or the other. */
export function writeConnection(file: string, connection: Connection): void {
  mkdirSync(dirname(file), { recursive: true, mode: 0o700 });
  writeFileSync(`${file}.new`, JSON.stringify(connection), { mode: 0o600 });
  renameSync(`${file}.new`, file);
}
