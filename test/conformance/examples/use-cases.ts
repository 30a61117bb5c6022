// The flows of the specification's use cases: what each needs around it, and what must come of it.
import { json, type Scenario } from "./stage.ts";

/** One flow of the use cases. */
export interface UseCase extends Scenario {
  readonly title: string;
  readonly folder: string;
}

const ai = "/ai-content-generator.com/api/v1";
/** Its expressions hold `: `, which ends a plain text in YAML. */
const quoted = {
  "as: $context + { text: .text }": "as: '$context + { text: .text }'",
  "as: $context + { image: .image }": "as: '$context + { image: .image }'",
  "as: $context + { evaluation: .evaluation }": "as: '$context + { evaluation: .evaluation }'",
};
const generating: Scenario = {
  input: { prompt: "A poem" },
  replies: {
    [`POST ${ai}/generate-text`]: json({ text: "T1" }),
    [`POST ${ai}/generate-image`]: json({ text: "T1", image: "I1" }),
    [`POST ${ai}/evaluate`]: [
      json({ text: "T1", image: "I1", evaluation: { needsRefinement: true, text_feedback: "shorter", image_feedback: "brighter" } }),
      json({ text: "T2", image: "I2" }),
      json({ text: "T2", image: "I2", evaluation: { needsRefinement: false } }),
    ],
    [`POST ${ai}/refine-text`]: json({ image: "I1", evaluation: { image_feedback: "brighter" } }),
    [`POST ${ai}/refine-image`]: json({ refined_text: "T2", refined_image: "I2" }),
  },
  run: {},
};

const ev = "/ev-power-supplier.com/api/v2";
const scanned = "com.ev-power-supplier.charging-station.card-scanned.v1";
const charging = {
  folder: "managing-ev-charging-stations",
  triggers: [{ type: scanned, data: { data: { type: scanned, card: "c1" } } }],
};
const noSession = { [`GET ${ev}/stations//session/`]: { status: 404 } };
const flicker = (color: string) => JSON.stringify({ action: "flicker", color, duration: 3000 });

const github = "com.github.events.issues.";
const issue = { data: { number: 5, author: { team: "QA" } } };
const managing = { folder: "managing-github-issues", triggers: [{ type: `${github}opened.v1`, data: issue }] };
/** Its output rules take the array of events for a single one. */
const single = { ".data.nextAction": ".[0].nextAction", ".data.dev": ".[0].dev", ".data.reviewer": ".[0].reviewer" };
const work = (nextAction: string) => ({ type: `${github}devWorkCompleted.v1`, data: { nextAction, dev: "bob" } });
const reviewed = (reviewer: string) => ({ type: `${github}reviewed.v1`, data: { reviewer } });
const evaluated = (nextAction: string) => ({ type: `${github}evaluated.v1`, data: { nextAction } });

export const useCases: readonly UseCase[] = [
  {
    ...charging,
    title: "managing-ev-charging-stations, a card without a session",
    replies: { ...noSession, [`POST ${ev}/stations/`]: json({ slot: { number: 3 } }) },
    asked: [
      `GET ${ev}/stations//session/`,
      `POST ${ev}/stations/ {"card":"c1"}`,
      `POST ${ev}/stations//leds/ {"action":"on","color":"blue"}`,
      `PUT ${ev}/stations//slot//lock`,
      `PUT ${ev}/sessions//start`,
      `PUT ${ev}/sessions//end`,
      `PUT ${ev}/sessions//pay`,
      `PUT ${ev}/stations//slot//unlock`,
      `POST ${ev}/stations//leds/ ${flicker("white")}`,
    ],
    run: { output: { type: "com.ev-power-supplier.charging-station.session-ended.v1", data: { session: { card: "c1", slotNumber: 3 } } } },
  },
  {
    ...charging,
    title: "managing-ev-charging-stations, no slot left",
    replies: {
      ...noSession,
      [`POST ${ev}/stations/`]: { text: '{"detail":"No charging slots available"}', type: "application/problem+json", status: 400 },
    },
    asked: [`GET ${ev}/stations//session/`, `POST ${ev}/stations/ {"card":"c1"}`, `POST ${ev}/stations//leds/main ${flicker("red")}`],
    run: { output: null },
  },
  {
    ...charging,
    title: "managing-ev-charging-stations, an event that it does not know",
    triggers: [{ type: scanned, data: { data: { type: "other" } } }],
    asked: [],
    run: { status: "faulted", error: { title: "Unsupported Event", instance: "/do/8/raiseUnsupportedEventError" } },
  },
  {
    ...managing,
    title: "managing-github-issues",
    note: "its export rules take the array of events for a single one",
    events: [work("review")],
    run: { status: "faulted", error: { status: 400, instance: "/do/1/awaitForDevWork/do/2/await" } },
  },
  {
    ...managing,
    title: "managing-github-issues, with the events read as an array: details, review, closed",
    edits: single,
    events: [
      work("requestDetails"),
      { type: `${github}detailsProvided.v1`, data: { nextAction: "none" } },
      work("review"),
      reviewed("eve"),
      evaluated("close"),
    ],
    asked: ['PATCH /api.github.com/repos///issues/ {"state":"closed"}'],
    run: { output: { type: `${github}closed.v1`, data: { issue: { action: "close", dev: "bob", reviewer: "eve" } } } },
  },
  {
    ...managing,
    title: "managing-github-issues, with the events read as an array: reviewed by its developer",
    edits: single,
    events: [work("review"), reviewed("bob")],
    run: { status: "faulted", error: { title: "Invalid Reviewer", instance: "/do/8/raiseAssignedDevCannotBeReviewer" } },
  },
  {
    title: "multi-agent-ai-content-generation, with its expressions quoted",
    note: "its context is a text, to which no object can be added",
    folder: "multi-agent-ai-content-generation",
    ...generating,
    edits: quoted,
    asked: [`POST ${ai}/generate-text {"prompt":"A poem"}`],
    run: { status: "faulted", error: { status: 400, instance: "/do/1/generateText" } },
  },
  {
    title: "multi-agent-ai-content-generation, with a context that is an object",
    folder: "multi-agent-ai-content-generation",
    ...generating,
    edits: { ...quoted, "as: .prompt": "as: .", "as: .evaluation": "as: '{ evaluation: .evaluation }'" },
    asked: [
      `POST ${ai}/generate-text {"prompt":"A poem"}`,
      `POST ${ai}/generate-image {"text":"T1"}`,
      `POST ${ai}/evaluate {"text":"T1","image":"I1"}`,
      `POST ${ai}/refine-text {"text":"T1","feedback":"shorter"}`,
      `POST ${ai}/refine-image {"image":"I1","feedback":"brighter"}`,
      `POST ${ai}/evaluate {"text":"T2","image":"I2"}`,
      `POST ${ai}/evaluate {"text":"T2","image":"I2"}`,
    ],
    run: { output: { type: "com.ai-content-generator.content.ready.v1", data: { text: "T2", image: "I2" } } },
  },
];

/** Those whose tasks are containers. */
export const containerUseCases: readonly UseCase[] = [
  {
    title: "automated-data-backup, with images that are not pulled",
    note: "the database's image is not there",
    folder: "automated-data-backup",
    edits: { "image: mcr.microsoft.com/mssql-tools": "image: mcr.microsoft.com/mssql-tools\n        pullPolicy: never" },
    run: { status: "faulted", error: { status: 400, title: "Image missing", instance: "/do/0/exportDatabase" } },
  },
];
