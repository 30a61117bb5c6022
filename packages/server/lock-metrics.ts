// The metrics of named locks. Kinds, reasons and codes are labels; names never are: there may be as many as customers.
import type { LockCounts, LockStats } from "@baton/runtime";
import { histogram, metric, type Sample } from "./metrics-text.ts";

/** Text in Prometheus format. */
export function renderLockMetrics({ counts, granted, lost, refused, released, heldSeconds }: LockStats): string {
  const gauge = (of: (one: LockCounts) => number): Sample[] => counts.map((one) => ({ labels: { kind: one.kind }, value: of(one) }));
  return [
    metric(
      "baton_locks",
      "gauge",
      "Named locks in use, by kind.",
      gauge(({ locks }) => locks),
    ),
    metric(
      "baton_lock_holders",
      "gauge",
      "Claims that hold a lock, by kind.",
      gauge(({ holding }) => holding),
    ),
    metric(
      "baton_lock_waiters",
      "gauge",
      "Claims that wait for a lock, by kind.",
      gauge(({ waiting }) => waiting),
    ),
    metric("baton_lock_grants_total", "counter", "Locks granted, by kind.", labelled(granted, "kind")),
    metric(
      "baton_lock_releases_total",
      "counter",
      "Locks given up, by how: released, or broken by an operator.",
      labelled(released, "how"),
    ),
    metric("baton_lock_held_seconds", "histogram", "How long locks were held that were given up.", histogram(heldSeconds)),
    metric("baton_lock_lost_total", "counter", "Leases and waits that ended by themselves, by reason.", labelled(lost, "reason")),
    metric("baton_lock_refusals_total", "counter", "Requests about locks that were refused, by code.", labelled(refused, "code")),
  ].join("");
}

function labelled(counts: { readonly [key: string]: number }, label: string): Sample[] {
  return Object.entries(counts).map(([key, value]) => ({ labels: { [label]: key }, value }));
}
