// What a schedule waits for, and under which name.
import type { Workflow } from "@baton/dsl";
import { freshConsumption, interestsOf, type Facts } from "@baton/engine";
import type { EventChanges, Subscription } from "@baton/storage";
import type { FlowKey } from "../schedule-records.ts";

const prefix = "schedule\n";

/** The flow whose schedule is meant by a consumer; undefined: it is none. */
export function flowOfConsumer(consumer: string): Pick<FlowKey, "namespace" | "name"> | undefined {
  if (!consumer.startsWith(prefix)) return undefined;
  const [namespace = "", name = ""] = consumer.slice(prefix.length).split("\n");
  return { namespace, name };
}

/** What the schedule of a workflow waits for, where another may have been there before; undefined: neither waits for events. */
export function scheduleChanges(flow: FlowKey, facts: Facts, workflow: Workflow, before: Workflow | undefined): EventChanges | undefined {
  const [set, former] = [wantedBy(workflow, facts), before === undefined ? [] : wantedBy(before, facts)];
  if (set.length + former.length === 0) return undefined;
  const names = new Set(set.map(({ name }) => name));
  const clear = former.flatMap(({ name }) => (names.has(name) ? [] : name));
  return { consumer: `${prefix}${flow.namespace}\n${flow.name}`, clear, set };
}

function wantedBy(workflow: Workflow, facts: Facts): readonly Subscription[] {
  const { trigger } = workflow;
  if (trigger === undefined) return [];
  const interests = interestsOf(trigger.strategy, freshConsumption(workflow, facts, trigger));
  // What is stored must hold no secret: without the key, more events are looked at than are meant.
  const holdsSecrets = workflow.secrets.length > 0;
  return interests.map(({ place, interest: { key, ...wanted } }) => ({
    name: String(place),
    ...wanted,
    key: holdsSecrets ? null : key,
    early: false,
  }));
}
