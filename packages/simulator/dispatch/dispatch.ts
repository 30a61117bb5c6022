// Load balancing without a common queue: each arrival is sent to one of several servers at once and waits there, first come
// first served. It drives the balancers that choose among nodes and among instances of services.
import { balance, newBalanceState, type Candidate, type PlacementName } from "@baton/scheduler";
import { EventQueue, eventKind } from "../drive/event-queue.ts";
import type { Workload } from "../workload/workload.ts";

/** A server as a balancer sees it; `active` and `remainingMs` change while the simulation goes on. */
interface Server {
  readonly id: string;
  readonly number: number;
  active: number;
  remainingMs: number;
  /** When it will have done all that it has. */
  freeAt: number;
}

/** When each job of the workload ends if a balancer spreads it over `servers` equal servers; in the workload's unit. */
export function dispatch(workload: Workload, servers: number, policy: PlacementName, seed = 1): Float64Array {
  const all = Array.from({ length: servers }, (_, number): Server => ({
    id: `server-${number}`,
    number,
    active: 0,
    remainingMs: 0,
    freeAt: 0,
  }));
  const memory = newBalanceState(seed);
  const ends = new Float64Array(workload.count);
  const departures = new EventQueue();
  for (let job = 0; job < workload.count; job++) {
    const now = workload.submit[job] as number;
    while (departures.nextTime <= now) {
      departures.pop();
      (all[departures.version] as Server).active--;
    }
    if (policy === "least-remaining-time") for (const server of all) server.remainingMs = Math.max(0, server.freeAt - now);
    const server = balance(all satisfies readonly Candidate[], policy, memory) as Server;
    server.freeAt = Math.max(now, server.freeAt) + (workload.run[job] as number);
    server.active++;
    ends[job] = server.freeAt;
    // The queue's version slot carries the server: departures are never void.
    departures.push(server.freeAt, eventKind.end, job, server.number);
  }
  return ends;
}
