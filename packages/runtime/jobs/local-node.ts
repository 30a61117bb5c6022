// The node of this process: the server and the agent speak as they would over a network, without one.
import { newId, type Instant, type Random } from "@baton/core";
import { NodeAgent, type JobExecutor } from "@baton/executors";
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
}

/** A node in the server's own process. */
export interface LocalNode {
  readonly id: string;
  /** Lets go of what it runs: the next start goes on with it, or places it again. */
  close(): Promise<void>;
}

/** Starts the local node: it goes on with what a former life of it has started. */
export async function startLocalNode(options: LocalNodeOptions): Promise<LocalNode> {
  const { jobs, clock, capacity, labels } = options;
  const id = await localNodeId(options);
  const agent = new NodeAgent({ executors: options.executors, now: () => clock.now() });
  await agent.adopt();
  const session = jobs.join({ id, capacity, labels, holds: agent.holds }, (orders) => agent.take(orders));
  agent.connect((reports) => session.reports(reports));
  let cancelBeat = (): void => undefined;
  const beat = (): void => {
    session.heartbeat(agent.load);
    cancelBeat = clock.after(session.welcome.heartbeatMs, beat);
  };
  beat();
  return {
    id,
    close: async () => {
      cancelBeat();
      await agent.close();
    },
  };
}

/** The id stays with the data. */
async function localNodeId({ store, tenant, clock, random }: LocalNodeOptions): Promise<string> {
  const known = (await store.listObjects(tenant, "local-node"))[0];
  if (known !== undefined) return known.name;
  const now: Instant = clock.now();
  const id = `local-${newId("node", now, random).slice(-6)}`;
  await store.putObject({ tenant, kind: "local-node", name: id, spec: "{}", updatedAt: now });
  return id;
}
