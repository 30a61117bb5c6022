// `npm run demo`: four services, one server, three orders: one goes well (the payment is retried), one is out of
// stock, one can't be paid and is undone. With `--crash` the server is killed twice in the middle of an order.
import type { ChildProcess } from "node:child_process";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { crashingOrder } from "./crash.ts";
import type { Stage } from "./stage.ts";
import { end, runBaton, startBaton, startService, type Answered } from "./processes.ts";

const flow = fileURLToPath(new URL("order.yaml", import.meta.url));
const services = ["user", "order", "inventory", "payment"] as const;

const started = Date.now();

function say(who: string, what: string): void {
  const at = ((Date.now() - started) / 1000).toFixed(2).padStart(6);
  console.log(`${at}  ${who.padEnd(10)} ${what}`);
}

interface Order {
  readonly title: string;
  readonly input: { readonly orderId: string; readonly userId: string; readonly items: readonly { sku: string; quantity: number }[] };
  readonly outcome: string;
}

const orders: readonly Order[] = [
  {
    title: "Ada orders tea and cups; the payment service fails at first",
    input: {
      orderId: "order-1",
      userId: "ada",
      items: [
        { sku: "tea", quantity: 2 },
        { sku: "cup", quantity: 4 },
      ],
    },
    outcome: "confirmed",
  },
  {
    title: "Ada orders tea and a samovar, which is out of stock",
    input: {
      orderId: "order-2",
      userId: "ada",
      items: [
        { sku: "tea", quantity: 1 },
        { sku: "samovar", quantity: 1 },
      ],
    },
    outcome: "rejected",
  },
  {
    title: "Grace orders a pot; her payment fails for good, so the pot is released and the charge refunded",
    input: { orderId: "order-3", userId: "grace", items: [{ sku: "pot", quantity: 1 }] },
    outcome: "rejected",
  },
];

async function takeOrders(stage: Stage, url: string): Promise<boolean> {
  let asExpected = true;
  for (const order of orders) {
    console.log(`\n${order.title}`);
    const input = JSON.stringify({ ...order.input, services: stage.services });
    const { code, output } = await runBaton(url, ["start", "shop/order", "-i", input, "--wait"], (line) => say("flow", line));
    console.log(`outcome ${output.trim()}`);
    asExpected &&= code === 0 && (JSON.parse(output) as { status: string }).status === order.outcome;
  }
  return asExpected;
}

async function main(): Promise<boolean> {
  const dataFolder = mkdtempSync(join(tmpdir(), "baton-demo-"));
  const processes: ChildProcess[] = [];
  const answers: Answered[] = [];
  const urls: { [name: string]: string } = {};
  const stage: Stage = { dataFolder, services: urls, answers, onAnswer: () => {}, say };
  try {
    for (const name of services) {
      const service = await startService(name, (answered) => {
        answers.push(answered);
        say(name, `${answered.request} -> ${answered.status}${answered.repeated ? "  (asked again: answered as before)" : ""}`);
        stage.onAnswer(answered);
      });
      urls[name] = service.url;
      processes.push(service.process);
      say(name, `listens on ${service.url}`);
    }
    const server = await startBaton(dataFolder);
    processes.push(server.process);
    say("baton", `listens on ${server.url}`);
    await runBaton(server.url, ["apply", "-f", flow], (line) => say("baton", line));
    if (process.argv.includes("--crash")) return await crashingOrder(stage, server, (child) => processes.push(child));
    return await takeOrders(stage, server.url);
  } finally {
    await Promise.all(processes.map((child) => end(child, "SIGTERM")));
    rmSync(dataFolder, { recursive: true, force: true });
  }
}

const asExpected = await main();
console.log(asExpected ? "\nEverything went as it should." : "\nSomething did NOT go as it should; see above.");
process.exitCode = asExpected ? 0 : 1;
