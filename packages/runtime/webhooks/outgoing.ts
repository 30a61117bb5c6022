// What webhooks are told of a decision: the life-cycle events that follow from it, and the events that it emits. They are
// stored with the decision, in one transaction. Where no webhook wants any of them nothing is computed.
import { formatInstant, type Instant } from "@baton/core";
import type { Workflow } from "@baton/dsl";
import { lifecycleOf, type CloudEvent, type Decided, type OutputUri, type RunState } from "@baton/engine";
import type { NewDelivery } from "@baton/storage";
import { wants, type Webhook } from "./webhook.ts";

/** A decision on a run: what it was decided on, and what came of it. */
export interface Told {
  readonly workflow: Workflow;
  /** Null: the run starts. */
  readonly before: RunState | null;
  readonly decided: Decided;
  /** The run's version with this decision. */
  readonly version: number;
}

const nothing: readonly NewDelivery[] = [];

/** The deliveries that a decision asks for. */
export function deliveriesOf(webhooks: readonly Webhook[], told: Told, now: Instant): readonly NewDelivery[] {
  const { events, effects, state } = told.decided;
  if (webhooks.length === 0 || events.length === 0) return nothing;
  const concerned = webhooks.filter(
    ({ namespace, flow }) => isOrAny(namespace, state.workflow.namespace) && isOrAny(flow, state.workflow.name),
  );
  if (concerned.length === 0) return nothing;
  const emitted = effects.flatMap((effect) => (effect.type === "publishEvent" ? [effect.event] : []));
  return [...lifecycleEvents(told), ...emitted].flatMap((event) => {
    const { type } = event;
    const receivers = concerned.filter((webhook) => wants(webhook, type, state.workflow));
    const text = receivers.length > 0 ? JSON.stringify(event) : "";
    return receivers.map(({ name }) => ({ webhook: name, type, event: text, at: now }));
  });
}

function isOrAny(wanted: string | null, is: string): boolean {
  return wanted === null || wanted === is;
}

const outputUri: OutputUri = (runId, step) => (step === undefined ? `/v1/runs/${runId}/output` : `/v1/runs/${runId}/steps/${step}/output`);

/** The life-cycle events of a decision as CloudEvents; the same decision gives the same ids. */
function lifecycleEvents({ workflow, before, decided: { events, state }, version }: Told): CloudEvent[] {
  return lifecycleOf(workflow, before, events, outputUri).map(({ type, at, task, data }, i) => ({
    specversion: "1.0",
    id: `${version}-${i + 1}`,
    source: `/v1/runs/${state.id}`,
    type,
    ...(task !== undefined && { subject: task }),
    time: formatInstant(at),
    datacontenttype: "application/json",
    data,
  }));
}
