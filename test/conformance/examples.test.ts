// The specification's own examples, as far as their kinds of tasks are here: each runs to the end that its text means,
// the services behind it answered by the test. Needs ../shared/spec/examples.
import { existsSync, readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import type { Json } from "@baton/core";
import { expect, test } from "vitest";
import { failed, runFlow, type Answer, type World } from "./run-flow.ts";

const folder = fileURLToPath(new URL("../../../shared/spec/examples/", import.meta.url));
const isThere = existsSync(folder);

const pet = { petId: 1, name: "milou" };
const gives = (output: Json): World => ({ input: { petId: 1 }, work: () => ({ output }) });
const notFound: Answer = failed(404);

interface Expected {
  readonly world?: World;
  /** What the run view must hold. */
  readonly run?: object;
  /** What must have been asked for, in order. */
  readonly asked?: readonly object[];
  readonly elapsed?: number;
}

const petUri = "https://petstore.swagger.io/v2/pet/1";
const getPet = { kind: "http", method: "GET", uri: petUri };
const people = "https://swapi.dev/api/people/";
const notImplemented = {
  status: "faulted",
  error: {
    type: "https://serverlessworkflow.io/errors/not-implemented",
    status: 500,
    title: "Not Implemented",
    detail: "The workflow 'raise-not-implemented:0.1.0' is a work in progress and cannot be run yet",
    instance: "/do/0/notImplemented",
  },
};

const examples: { readonly [name: string]: Expected } = {
  "call-custom-function-inline": { world: gives(pet), run: { output: pet }, asked: [{ uri: "https://petstore.swagger.io/v2/pet/69" }] },
  "call-http-endpoint-interpolation-shorthand": { world: gives(pet), run: { output: pet }, asked: [getPet] },
  "call-http-endpoint-interpolation": { world: gives(pet), asked: [{ ...getPet, headers: { "content-type": "application/json" } }] },
  "call-http-query-headers-expressions": {
    world: { input: { searchQuery: "Luke" } },
    asked: [{ uri: people, query: { search: "Luke" }, headers: { Accept: "application/json" } }],
  },
  "call-http-query-parameters": { world: { input: { searchQuery: "Luke" } }, asked: [{ query: { search: "Luke" }, redirect: false }] },
  "call-http-redirect": { world: { input: { searchQuery: "Luke" } }, asked: [{ redirect: true }] },
  "conditional-task": {
    world: { input: { customer: { age: 17 } } },
    run: { status: "faulted", error: { type: "https://superbet-casinos.com/customer/access-forbidden", status: 400 } },
    asked: [],
  },
  "do-multiple": { world: gives(pet), asked: [getPet, { method: "PUT", uri: petUri, body: { ...pet, status: "sold" } }] },
  "do-single": { world: gives(pet), asked: [getPet] },
  "for-inline-array": {
    run: {
      output: {
        processed: [
          { name: "red", hex: "#FF0000" },
          { name: "green", hex: "#00FF00" },
          { name: "blue", hex: "#0000FF" },
        ],
      },
    },
  },
  fork: {
    world: { input: { patient: { fullName: "Ada" }, room: { number: 7 } }, work: (_, number) => ({ output: number }) },
    run: { output: 0 },
    asked: [{ body: { patientId: "Ada", room: 7 } }, { body: { patientId: "Ada", room: 7 } }],
  },
  "raise-inline": { run: notImplemented },
  "raise-reusable": { run: notImplemented },
  "run-script-with-stdin-and-arguments": {
    asked: [{ kind: "script", language: "js", stdin: "Hello Workflow", arguments: ["hello"], environment: { foo: "bar" } }],
  },
  "run-shell-stdin-and-arguments": { asked: [{ kind: "shell", stdin: "Hello World", arguments: ["Foo", "Bar"] }] },
  "run-subflow": { world: { subflow: () => ({ output: "registered" }) }, run: { output: "registered" } },
  "star-wars-homeworld": {
    world: { input: { id: 1 }, work: () => ({ output: { content: { homeworld: "https://swapi.dev/api/planets/1/" } } }) },
    asked: [{ uri: "https://swapi.dev/api/people/1", output: "response" }, { uri: "https://swapi.dev/api/planets/1/" }],
  },
  "switch-then-string": {
    world: { input: { orderType: "physical" } },
    run: { output: { inventory: "clear", items: 1, address: "Elmer St" } },
  },
  "try-catch-retry-inline": {
    world: { input: { petId: 1 }, work: () => failed(503) },
    asked: Array.from({ length: 6 }, () => getPet),
    elapsed: 93_000,
  },
  "try-catch-retry-reusable": {
    world: { input: { petId: 1 }, work: () => failed(503) },
    asked: Array.from({ length: 6 }, () => getPet),
    elapsed: 93_000,
  },
  "try-catch-then-directive": { world: { work: () => failed(503) }, run: { output: { status: "failed" } } },
  "try-catch": { world: { input: { petId: 1 }, work: () => notFound }, run: { status: "completed", output: { petId: 1 } } },
  "wait-duration-inline": { elapsed: 30_000 },
  "wait-duration-iso8601": { elapsed: 30_000 },
};

test.skipIf(!isThere).each(Object.entries(examples))("%s (needs ../shared/spec/examples)", (name, { world, run, asked, elapsed }) => {
  const outcome = runFlow(readFileSync(`${folder}${name}.yaml`, "utf8"), world);
  expect(outcome.run).toMatchObject({ status: "completed", ...run });
  if (asked !== undefined) {
    expect(outcome.asked).toHaveLength(asked.length);
    expect(outcome.asked).toMatchObject(asked);
  }
  if (elapsed !== undefined) expect(outcome.elapsed).toBe(elapsed);
});
