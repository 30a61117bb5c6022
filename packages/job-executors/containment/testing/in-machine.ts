// Runs inside the machine that v2.e2e.test.ts starts: the contract for processes, where control groups of version 2 are all
// there is, and what the contract leaves to the kernel. Prints one JSON text per line, for the test outside.
import { shellBehaviours } from "../../contract/behaviours.ts";
import { jobExecutorContract } from "../../contract/contract.ts";
import { orderOf } from "../../contract/subject.ts";
import { createProcessExecutor } from "../../process/process-executor.ts";
import { LauncherLink } from "../../process/launcher-link.ts";
import type { JobExecutor, JobLimits, Program } from "../../port.ts";

const [stateFolder = ""] = process.argv.slice(2);
const tests: { readonly name: string; readonly body: () => Promise<void> }[] = [];

function sh(text: string, ...args: readonly string[]): Program {
  return { kind: "process", command: "sh", args: ["-c", text, "sh", ...args] };
}

function create(): JobExecutor {
  return createProcessExecutor(new LauncherLink({ stateFolder }));
}

function say(line: object): void {
  console.log(JSON.stringify(line));
}

/** The part of a core that a job which never rests gets. */
async function cpuShare(limits: JobLimits): Promise<number> {
  const job = await executor.start(orderOf(sh("while :; do :; done"), { limits, timeoutMs: 4000, graceMs: 0 }));
  const { usage } = await job.result;
  await job.release();
  return usage.cpuMs / usage.wallMs;
}

const clear = jobExecutorContract({
  test: (name, body) => void tests.push({ name, body }),
  create,
  behaviours: shellBehaviours(sh),
  keepsMemory: true,
  keepsPids: true,
});
for (const { name, body } of tests)
  await body().then(
    () => say({ name, ok: true }),
    (error: unknown) => say({ name, ok: false, error: String(error) }),
  );
await clear();

const executor = create();
say({ abilities: await executor.abilities() });
say({ cpuShare: await cpuShare({ cpuMillis: 200 }) });
await executor.close();
say({ done: true });
