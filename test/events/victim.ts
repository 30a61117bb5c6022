// The process that is killed: a runtime on SQLite whose events come from a broker and go to it. Each order starts a run, which
// publishes that it is done; another run collects all orders.
//
// Run as a program: victim.ts FOLDER BROKER COUNT. Prints what it has reached whenever that changes; ends when its standard input does.
import { setTimeout as sleep } from "node:timers/promises";
import { compileWorkflow } from "@baton/dsl";
import { readCloudEvent, type CloudEvent } from "@baton/engine";
import { createRuntime, type EventSink, type EventSource, type Runtime } from "@baton/runtime";
import { openSqliteStore } from "@baton/storage";

const tenant = "shop";
const pauseMs = 5;
const lookMs = 25;

/** What has been reached. */
export interface Reached {
  /** Runs that an order has started and that have ended. */
  readonly handled: number;
  /** The orders that the collecting run has taken, once it has ended. */
  readonly collected: readonly number[] | null;
}

function flowTexts(count: number): readonly string[] {
  const document = (name: string): string => `document: { dsl: "1.0.3", namespace: shop, name: ${name}, version: "1.0.0" }\n`;
  return [
    `${document("handle")}schedule: { on: { one: { with: { type: order.placed } } } }
do:
  - done: { emit: { event: { with: { id: "\${ \\"done-\\\\($workflow.input[0].order)\\" }", source: /shop, type: order.done } } } }`,
    `${document("collect")}do:
  - all:
      listen: { to: { any: [{ with: { type: order.placed } }], until: "length == ${count}" } }
      foreach: { item: one, do: [{ take: { set: "\${ $one }" } }], output: { as: .order } }`,
  ];
}

/** Takes orders from the broker, and acknowledges those that are stored. */
function sourceAt(broker: string): EventSource {
  const stopped = new AbortController();
  const post = (path: string, body: unknown): Promise<Response> =>
    fetch(`${broker}${path}`, { method: "POST", body: JSON.stringify(body) });
  return {
    name: "broker",
    start: async (receive) => {
      const takeSome = async (): Promise<void> => {
        const orders = (await (await fetch(`${broker}/orders`)).json()) as unknown[];
        await Promise.all(orders.map((order) => receive(tenant, eventOf(order))));
        await post(
          "/acknowledged",
          orders.map((order) => eventOf(order).id),
        );
      };
      const go = async (): Promise<void> => {
        while (!stopped.signal.aborted) {
          await takeSome();
          await sleep(pauseMs);
        }
      };
      void go();
    },
    stop: async () => {
      stopped.abort();
    },
  };
}

function eventOf(value: unknown): CloudEvent {
  const read = readCloudEvent(value as Parameters<typeof readCloudEvent>[0]);
  if (!read.ok) throw new Error(JSON.stringify(read.problems));
  return read.event;
}

function sinkAt(broker: string): EventSink {
  return {
    name: "broker",
    publish: async (_, events) => {
      const answer = await fetch(`${broker}/published`, { method: "POST", body: JSON.stringify(events) });
      if (!answer.ok) throw new Error(`The broker answered ${answer.status}.`);
    },
  };
}

async function reachedBy(runtime: Runtime): Promise<Reached> {
  const ended = (workflow: string): ReturnType<Runtime["listRuns"]> =>
    runtime.listRuns({ tenant, workflow, status: "completed", limit: 10_000 });
  const [collecting] = await ended("collect");
  const collected = collecting ? ((await runtime.getRun(tenant, collecting.id)).output as number[]) : null;
  return { handled: (await ended("handle")).length, collected };
}

/** Nothing twice: a pipe that nobody reads any more holds up who writes to it. */
async function tell(runtime: Runtime): Promise<never> {
  for (let told = ""; ; await sleep(lookMs)) {
    const reached = JSON.stringify(await reachedBy(runtime));
    if (reached !== told) console.log((told = reached));
  }
}

if (import.meta.main) {
  const [folder = "", broker = "", count = "0"] = process.argv.slice(2);
  const store = await openSqliteStore({ folder });
  const runtime = createRuntime({
    store,
    executors: [],
    compile: compileWorkflow,
    eventSources: [sourceAt(broker)],
    eventSinks: [sinkAt(broker)],
  });
  for (const text of flowTexts(Number(count))) {
    const registered = await runtime.registerFlow(tenant, text);
    if (!registered.ok) throw new Error(JSON.stringify(registered.diagnostics));
  }
  await runtime.startRun({ tenant, workflow: { namespace: "shop", name: "collect" }, input: null, idempotencyKey: "collect" });
  await runtime.recover();
  process.stdin.resume().on("end", () => process.exit(0));
  await tell(runtime);
}
