// The demo's second part: an order goes on although the server is killed with SIGKILL twice, first while stock is
// being reserved (calls are under way), then while a payment waits to be retried. Afterwards the services' own
// records are held against the run: no step that had completed before a kill was asked for again.
import type { ChildProcess } from "node:child_process";
import { setTimeout as sleep } from "node:timers/promises";
import type { Stage } from "./stage.ts";
import { end, launchBaton, runBaton, type Answered, type LaunchedServer } from "./processes.ts";

interface Server {
  readonly url: string;
  readonly process: ChildProcess;
}

interface Step {
  readonly name: string;
  readonly kind: string;
  readonly status: string;
  readonly endedAt: string | null;
}

interface Run {
  readonly status: string;
  readonly output: { readonly status: string } | null;
  readonly steps: readonly Step[];
}

const whileReservingMs = 120;
const whileDownMs = 700;

/** Takes one order with two kills in it; says whether all that was promised held. */
export async function crashingOrder(stage: Stage, first: Server, adopt: (child: ChildProcess) => void): Promise<boolean> {
  console.log("\nAda orders tea, cups and a pot; the server is killed twice on the way");
  const items = [
    { sku: "tea", quantity: 2 },
    { sku: "cup", quantity: 4 },
    { sku: "pot", quantity: 1 },
  ];
  const input = JSON.stringify({ orderId: "order-1", userId: "ada", items, services: stage.services });
  const orderOpened = nextAnswer(stage, (answered) => answered.request === "POST /orders");
  const { output: id } = await runBaton(first.url, ["start", "shop/order", "-i", input], () => {});
  stage.say("baton", `accepted ${id.trim()}`);
  await orderOpened;
  await sleep(whileReservingMs);
  const firstKill = await kill(stage, first, "while stock is being reserved");
  // The run goes on before the server says where it listens: whoever waits for a charge must already listen.
  const charged = nextAnswer(stage, (answered) => answered.request === "POST /charges");
  const second = await restart(stage, adopt);
  await charged;
  const secondKill = await kill(stage, second, "while the payment waits for its retry");
  const third = await (await restart(stage, adopt)).url;
  const { code } = await runBaton(third, ["run", "watch", id.trim()], (line) => stage.say("flow", line));
  const { output } = await runBaton(third, ["run", "get", id.trim(), "-o", "json"], () => {});
  return verify(stage, JSON.parse(output) as Run, [firstKill, secondKill]) && code === 0;
}

function nextAnswer(stage: Stage, matches: (answered: Answered) => boolean): Promise<void> {
  return new Promise((resolve) => {
    stage.onAnswer = (answered) => {
      if (matches(answered)) resolve();
    };
  });
}

async function kill(stage: Stage, server: { readonly process: ChildProcess }, when: string): Promise<number> {
  const at = Date.now();
  await end(server.process, "SIGKILL");
  stage.say("KILL -9", when);
  return at;
}

async function restart(stage: Stage, adopt: (child: ChildProcess) => void): Promise<LaunchedServer> {
  await sleep(whileDownMs);
  const server = launchBaton(stage.dataFolder);
  adopt(server.process);
  // A server that is killed before it has said where it listens is no mistake here.
  server.url.then(
    (url) => stage.say("baton", `is back on ${url}`),
    () => {},
  );
  return server;
}

/** Holds the services' records against the run's history. */
function verify(stage: Stage, run: Run, kills: readonly number[]): boolean {
  const completed = run.steps.filter((step) => step.kind === "call" && step.status === "completed").length;
  const executed = stage.answers.filter((answered) => !answered.repeated && answered.status < 500).length;
  const again = stage.answers.filter((answered) => answered.repeated);
  const needless = again.filter((answered) => kills.some((at) => endedBefore(run, answered, at)));
  console.log(`\noutcome ${JSON.stringify(run.output)}`);
  console.log(`calls that completed in the run: ${completed}; carried out by the services: ${executed} (each once)`);
  console.log(
    `asked again because a kill came before the answer: ${again.length - needless.length}; asked again although completed: ${needless.length}`,
  );
  return run.status === "completed" && run.output?.status === "confirmed" && executed === completed && needless.length === 0;
}

/** Whether the request came after a kill before which its step had completed. Its key ends with the step's number. */
function endedBefore(run: Run, answered: Answered, killedAt: number): boolean {
  const endedAt = run.steps[Number(answered.key.split("/").at(-1)) - 1]?.endedAt ?? null;
  return answered.receivedAt > killedAt && endedAt !== null && Date.parse(endedAt) < killedAt;
}
