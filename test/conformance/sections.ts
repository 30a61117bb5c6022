// All sections of the suite, in the order of their topics.
import type { Section } from "./section.ts";
import { dataSections } from "./sentences/data.ts";
import { evaluateSections } from "./sentences/evaluate.ts";
import { exchangeSections } from "./sentences/event-exchange.ts";
import { eventSections } from "./sentences/events.ts";
import { expressionSections } from "./sentences/expressions.ts";
import { faultSections } from "./sentences/faults.ts";
import { httpSections } from "./sentences/http.ts";
import { lifecycleSections } from "./sentences/lifecycle.ts";
import { runSections } from "./sentences/runs.ts";
import { scheduleSections } from "./sentences/schedules.ts";
import { serviceSections } from "./sentences/services.ts";
import { taskSections } from "./sentences/tasks.ts";
import { waitingSections } from "./sentences/waiting.ts";
import { workflowSections } from "./sentences/workflow.ts";

/** A part of the suite: sections that are shown together. */
export interface Part {
  readonly title: string;
  readonly sections: readonly Section[];
}

/** What the engine decides by itself; it runs on a clock that stands still. */
export const engineParts: readonly Part[] = [
  { title: "Workflows", sections: workflowSections },
  { title: "Data", sections: dataSections },
  { title: "Expressions", sections: [...evaluateSections, ...expressionSections] },
  { title: "Tasks", sections: taskSections },
  { title: "Faults", sections: faultSections },
  { title: "Events", sections: eventSections },
  { title: "Life cycle", sections: lifecycleSections },
  { title: "Schedules", sections: scheduleSections },
  { title: "Calls, processes and reuse", sections: runSections },
];

/** What is done by a whole server, with peers that are real. */
export const serverParts: readonly Part[] = [
  { title: "Over HTTP", sections: httpSections },
  { title: "Events on a server", sections: exchangeSections },
  { title: "Services, functions and processes", sections: serviceSections },
];

/** What waits for a connector, and is refused by name until then. */
export const waitingPart: Part = { title: "Waiting for a connector", sections: waitingSections };
