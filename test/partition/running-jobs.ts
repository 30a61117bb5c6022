// Which jobs run on which host, as the kernel has it: by the environment of every process, and the network namespace that it is
// in. Nothing of Baton is asked.
import { readdirSync, readFileSync, readlinkSync } from "node:fs";

/** The attempts that have a process, as `JOB ATTEMPT`, by network namespace. */
function runningAttempts(): ReadonlyMap<string, ReadonlySet<string>> {
  const found = new Map<string, Set<string>>();
  for (const pid of readdirSync("/proc")) {
    if (!/^\d+$/.test(pid)) continue;
    const attempt = attemptOf(pid);
    if (attempt === undefined) continue;
    const { namespace, name } = attempt;
    found.set(namespace, (found.get(namespace) ?? new Set()).add(name));
  }
  return found;
}

function attemptOf(pid: string): { readonly namespace: string; readonly name: string } | undefined {
  try {
    const environment = readFileSync(`/proc/${pid}/environ`, "latin1");
    const job = /(?:^|\0)BATON_JOB=([^\0]+)/.exec(environment)?.[1];
    const attempt = /(?:^|\0)BATON_ATTEMPT=([^\0]+)/.exec(environment)?.[1];
    if (job === undefined || attempt === undefined) return undefined;
    return { namespace: readlinkSync(`/proc/${pid}/ns/net`), name: `${job} ${attempt}` };
  } catch {
    // It has ended meanwhile.
    return undefined;
  }
}

/** The most attempts of some jobs that were ever seen at a time in one namespace. */
export class MostAtATime {
  readonly #jobs: ReadonlySet<string>;
  readonly #timer: NodeJS.Timeout;
  readonly most = new Map<string, number>();
  looks = 0;

  constructor(jobs: ReadonlySet<string>, everyMs: number) {
    this.#jobs = jobs;
    this.#timer = setInterval(() => this.#look(), everyMs);
  }

  stop(): void {
    clearInterval(this.#timer);
  }

  #look(): void {
    this.looks++;
    for (const [namespace, attempts] of runningAttempts()) {
      const mine = [...attempts].filter((attempt) => this.#jobs.has(attempt.split(" ")[0] as string)).length;
      this.most.set(namespace, Math.max(this.most.get(namespace) ?? 0, mine));
    }
  }
}
