// What a script may reach. Where bubblewrap works, a script sees the system's programs and its own folder, and
// nothing else of the machine's files and processes, and the network only where it is asked for. JavaScript runs under
// Node's permission model everywhere, so that a script that works on one machine works on the next.
import type { Interpreter } from "./tools.ts";

/** A program with its arguments. */
export interface CommandLine {
  readonly command: string;
  readonly args: readonly string[];
}

/** Parts of the system that programs need, read-only. None of them holds user data or keys. */
const systemPaths = [
  "/usr",
  "/bin",
  "/sbin",
  "/lib",
  "/lib32",
  "/lib64",
  "/etc/alternatives",
  "/etc/ca-certificates",
  "/etc/hosts",
  "/etc/ld.so.cache",
  "/etc/localtime",
  "/etc/nsswitch.conf",
  "/etc/pki",
  "/etc/resolv.conf",
  "/etc/ssl",
];

/** What a sandbox lets through. */
export interface Openings {
  /** Folders to read and write; the first one is where the script starts. */
  readonly folders: readonly [string, ...string[]];
  readonly interpreter: Interpreter;
  readonly network: boolean;
}

/** Node's permissions for a script: these folders, and no further processes, workers or native code. */
export function nodePermissions(...folders: readonly string[]): readonly string[] {
  return ["--permission", ...folders.flatMap((folder) => [`--allow-fs-read=${folder}/*`, `--allow-fs-write=${folder}/*`])];
}

/** The command line inside a sandbox that shows it its folders, and read-only the system and its interpreter. */
export function inBubblewrap(bubblewrap: string, inner: CommandLine, { folders, interpreter, network }: Openings): CommandLine {
  const readOnly = [...systemPaths, ...interpreter.folders].flatMap((path) => ["--ro-bind-try", path, path]);
  const isolation = ["--die-with-parent", "--unshare-pid", "--unshare-ipc", "--unshare-uts", ...(network ? [] : ["--unshare-net"])];
  const devices = ["--proc", "/proc", "--dev", "/dev"];
  const own = folders.flatMap((folder) => ["--bind", folder, folder]);
  const files = ["--tmpfs", "/tmp", ...readOnly, ...own, "--chdir", folders[0]];
  return { command: bubblewrap, args: [...isolation, ...devices, ...files, "--", inner.command, ...inner.args] };
}
