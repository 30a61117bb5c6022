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

export const useCases: readonly UseCase[] = [
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
