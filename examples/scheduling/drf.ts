// `npm run example:drf`: the example of Ghodsi et al. (2011). Two tenants ask for different things; dominant resource fairness
// lets each have the same share of what it needs most.
import { createScheduler, defaultPolicy, step, type JobSpec } from "@baton/scheduler";

const gib = 2 ** 30;
const capacity = { cpu: 9000, memory: 18 * gib };
const wishes = { A: { cpu: 1000, memory: 4 * gib }, B: { cpu: 3000, memory: gib } };
type Tenant = keyof typeof wishes;

const state = createScheduler(defaultPolicy);
const jobs = (["A", "B"] as const).flatMap((queue) =>
  Array.from({ length: 9 }, (_, i): JobSpec => ({ id: `${queue}${i + 1}`, queue, requests: wishes[queue], limitMs: 3_600_000 })),
);
step(state, { type: "node-up", node: { id: "n", capacity } }, 0);
step(state, { type: "queues-changed", queues: [{ id: "A" }, { id: "B" }] }, 0);
const { decisions } = step(state, { type: "jobs-submitted", jobs }, 0);

const running = { A: 0, B: 0 };
console.log("starts  A: cpu, memory   B: cpu, memory   dominant shares");
for (const { type, jobId } of decisions) {
  if (type !== "start") continue;
  running[jobId[0] as Tenant]++;
  console.log(`${jobId.padEnd(6)}  ${uses("A").padEnd(15)}  ${uses("B").padEnd(15)}  A ${dominantShare("A")}, B ${dominantShare("B")}`);
}

function uses(tenant: Tenant): string {
  const { cpu, memory } = wishes[tenant];
  return `${(running[tenant] * cpu) / 1000}, ${(running[tenant] * memory) / gib} GiB`;
}

function dominantShare(tenant: Tenant): string {
  const { cpu, memory } = wishes[tenant];
  const share = running[tenant] * Math.max(cpu / capacity.cpu, memory / capacity.memory);
  return `${Math.round(share * 18)}/18`;
}
