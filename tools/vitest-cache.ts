// Programs and threads that tests start take TypeScript without its types from a cache. Node strips types by WebAssembly, and
// processes of tests in which many threads did so one after the other came to an untimely end, one in some ten: by SIGSEGV or
// SIGTRAP, each time in V8 13.6, which frees the code of former threads when it compiles a wrapper of an import anew
// (Runtime_TierUpWasmToJSWrapper, WasmEngine::FreeDeadCode). From the cache nothing is stripped, and threads start in half the time.
import { spawnSync } from "node:child_process";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";

process.env["NODE_COMPILE_CACHE"] ??= fileURLToPath(new URL("../node_modules/.cache/baton-tests", import.meta.url));

/** Has the modules of the thread that is started most in the cache before the tests begin. */
export default function fillCache(): void {
  const folder = mkdtempSync(join(tmpdir(), "baton-cache-"));
  const store = JSON.stringify(new URL("../packages/storage/index.ts", import.meta.url).href);
  const program = `import(${store}).then(async (storage) => (await storage.openSqliteStore(${JSON.stringify({ folder })})).close())`;
  const { status, stderr } = spawnSync(process.execPath, ["-e", program], { encoding: "utf8" });
  rmSync(folder, { recursive: true });
  if (status !== 0) throw new Error(`The store does not open: ${stderr}`);
}
