// What a script may reach. Where bubblewrap works, a script sees the system's programs and its own folder, and
// nothing else of the machine's files and processes. JavaScript runs under Node's permission model everywhere, so
// that a script that works on one machine works on the next. The network is not cut off: scripts may call services.
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

/** Node's permissions for a script: its own folder, and no further processes, workers or native code. */
export function nodePermissions(folder: string): readonly string[] {
  return ["--permission", `--allow-fs-read=${folder}/*`, `--allow-fs-write=${folder}/*`];
}

/** The command line inside a sandbox that shows it `folder`, and read-only the system and its interpreter. */
export function inBubblewrap(bubblewrap: string, inner: CommandLine, folder: string, interpreter: Interpreter): CommandLine {
  const readOnly = [...systemPaths, ...interpreter.folders].flatMap((path) => ["--ro-bind-try", path, path]);
  const isolation = ["--die-with-parent", "--unshare-pid", "--unshare-ipc", "--unshare-uts", "--proc", "/proc", "--dev", "/dev"];
  const files = ["--tmpfs", "/tmp", ...readOnly, "--bind", folder, folder, "--chdir", folder];
  return { command: bubblewrap, args: [...isolation, ...files, "--", inner.command, ...inner.args] };
}
