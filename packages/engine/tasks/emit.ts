// `emit`: publishes an event (dsl-reference, "Emit", "Event Properties"). What the author leaves out is given: an id that is
// the same however often the step is decided, the workflow as the source, the present time. The output is the event.
import { formatInstant, type Json } from "@baton/core";
import { eventVersion, readCloudEvent, type CloudEvent } from "../cloud-event.ts";
import { checkSize } from "../data-size.ts";
import { fill } from "../evaluate.ts";
import { completeStep } from "../flow.ts";
import type { Scope } from "../scope.ts";
import type { Frame } from "../state.ts";
import { scopeNow } from "../turn.ts";
import { Raised, standardError } from "../workflow-error.ts";
import type { TaskOf, TaskRules } from "./rules.ts";

export const emitRules: TaskRules<"emit"> = {
  enter(turn, frame, task) {
    const event = eventOf(scopeNow(turn, frame), frame, task);
    checkSize(task.reference, event, "event");
    turn.effects.push({ type: "publishEvent", event });
    completeStep(turn, frame, { output: event });
  },
};

function eventOf(scope: Scope, frame: Frame, { event }: TaskOf<"emit">): CloudEvent {
  const { namespace, name, version } = scope.workflow;
  const written = event.map(([member, template]) => [member, memberOf(member, fill(scope, template, frame.input))] as const);
  const made: Json = {
    specversion: eventVersion,
    id: `${scope.run.id}-${frame.id}`,
    source: `/${namespace}/${name}/${version}`,
    time: formatInstant(scope.now),
    ...Object.fromEntries(written.filter(([member, value]) => value !== null || member === "data")),
  };
  const read = readCloudEvent(made);
  if (read.ok) return read.event;
  const detail = `The event cannot be published: ${read.problems.map(({ message }) => message).join(" ")}`;
  throw new Raised(standardError("validation", scope.instance, { title: "Invalid event", detail }));
}

/** The attributes that are texts are so even where an expression gives a number. */
function memberOf(member: string, value: Json): Json {
  return typeof value === "number" && (member === "id" || member === "subject") ? String(value) : value;
}
