// An executor whose answers a test writes down. What is called is told by the body: a text is the name of its script.
import type { Json } from "@baton/core";
import type { HttpWork, Work, WorkOutcome } from "@baton/engine";
import type { Executor, WorkContext } from "@baton/executors";

/** What is answered: at once, later, or by throwing. */
export type Script = (work: HttpWork, context: WorkContext) => Promise<WorkOutcome> | WorkOutcome;

/** Everything is answered with its own body, unless a script says otherwise. */
export class ScriptedExecutor implements Executor {
  readonly kinds = ["http"] as const;
  /** The ids under which work was asked for, in that order. */
  readonly asked: string[] = [];
  readonly aborted: string[] = [];
  readonly abortReasons: unknown[] = [];
  closed = false;
  readonly #scripts: { readonly [name: string]: Script };

  constructor(scripts: { readonly [name: string]: Script } = {}) {
    this.#scripts = scripts;
  }

  /** How often work of that name was asked for. */
  count(name: string): number {
    return this.asked.filter((asked) => asked.startsWith(`${name} `)).length;
  }

  perform(work: Work, context: WorkContext): Promise<WorkOutcome> | WorkOutcome {
    if (work.kind !== "http") throw new Error(`This executor performs http, not ${work.kind}.`);
    const name = typeof work.body === "string" ? work.body : "";
    this.asked.push(`${name} ${context.workId}`);
    context.signal.addEventListener("abort", () => {
      this.aborted.push(name);
      this.abortReasons.push(context.signal.reason);
    });
    return this.#scripts[name]?.(work, context) ?? answer(work.body ?? null);
  }

  async close(): Promise<void> {
    this.closed = true;
  }
}

/** Success with that output. */
export function answer(output: Json): WorkOutcome {
  return { ok: true, output };
}

/** A refusal of the kind that a service gives. */
export function refusal(status: number): WorkOutcome {
  return { ok: false, fault: { kind: "communication", status, title: "Refused" } };
}

/** An answer that comes when the test says so. */
export function later(): { readonly script: Script; readonly give: (outcome: WorkOutcome) => void } {
  const { promise, resolve } = Promise.withResolvers<WorkOutcome>();
  return { script: () => promise, give: resolve };
}

/** No answer ever. */
export const never: Script = () => new Promise<WorkOutcome>(() => undefined);
