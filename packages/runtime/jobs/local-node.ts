// The node of this process: the server and the agent speak as they would over a network, without one.
import { newId, type Instant, type Millis, type Random } from "@baton/core";
import { NodeAgent, type AskAttempt, type JobExecutor, type MachineLoad } from "@baton/executors";
import type { Store } from "@baton/storage";
import type { Clock } from "../clock.ts";
import type { Jobs } from "./jobs.ts";

/** What the local node is made of. */
export interface LocalNodeOptions {
  readonly jobs: Jobs;
  readonly store: Store;
  readonly tenant: string;
  readonly clock: Clock;
  readonly random: Random;
  readonly capacity: { readonly [resource: string]: number };
  readonly labels: { readonly [key: string]: string };
  readonly executors: readonly JobExecutor[];
  /** How it asks what it runs whether it is well. */
  readonly ask: AskAttempt;
  /** What the machine has in use. */
  readonly measure: () => MachineLoad;
}

/** A node in the server's own process. */
export interface LocalNode {
  readonly id: string;
  /** How many jobs it runs. */
  running(): number;
  /** Lets go of what it runs: the next start goes on with it, or places it again. `stopJobs`: ends it before, at most so long. */
  close(stopJobs?: { readonly withinMs: Millis }): Promise<void>;
}

/** Starts the local node: it goes on with what a former life of it has started. */
export async function startLocalNode(options: LocalNodeOptions): Promise<LocalNode> {
  const { jobs, clock, capacity, labels } = options;
  const id = await localNodeId(options);
  const agent = new NodeAgent({ executors: options.executors, ask: options.ask, now: () => clock.now() });
  await agent.adopt();
  const session = jobs.join({ id, capacity, labels, holds: agent.holds }, (orders) => agent.take(orders));
  agent.connect((reports) => session.reports(reports));
  let cancelBeat = (): void => undefined;
  const beat = (): void => {
    session.heartbeat({ ...options.measure(), running: agent.running });
    cancelBeat = clock.after(session.welcome.heartbeatMs, beat);
  };
  beat();
  return {
    id,
    running: () => agent.running,
    close: async (stopJobs) => {
      if (stopJobs !== undefined) {
        session.leave();
        await within(agent.stopAll(), stopJobs.withinMs, clock);
      }
      cancelBeat();
      await agent.close();
    },
  };
}

function within(work: Promise<void>, ms: Millis, clock: Clock): Promise<void> {
  return new Promise((resolve) => {
    const cancel = clock.after(ms, resolve);
    void work.then(() => {
      cancel();
      resolve();
    });
  });
}

/** What this server's own node is called: the id stays with the data. */
export async function localNodeId({
  store,
  tenant,
  clock,
  random,
}: Pick<LocalNodeOptions, "store" | "tenant" | "clock" | "random">): Promise<string> {
  const known = (await store.listObjects(tenant, "local-node"))[0];
  if (known !== undefined) return known.name;
  const now: Instant = clock.now();
  const id = `local-${newId("node", now, random).slice(-6)}`;
  await store.putObject({ tenant, kind: "local-node", name: id, spec: "{}", updatedAt: now });
  return id;
}
