// The specification's own examples: what each needs around it, and what must come of it.
import { json, type Scenario } from "./stage.ts";

const pet = { id: 1, name: "Milou" };
const store = "/petstore.swagger.io/v2";
const getPet = `GET ${store}/pet/1`;
const petIsThere = { [getPet]: json(pet) };
const token = { input: { petId: 1, token: "abc" }, replies: petIsThere, asked: [getPet], run: { output: pet } };
const people = (query: string) => `GET /swapi.dev/api/people/${query}`;
const search = {
  input: { searchQuery: "Luke" },
  replies: { [people("?search=Luke")]: json({ count: 1 }) },
  asked: [people("?search=Luke")],
};
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
const swagger = {
  text: JSON.stringify({
    swagger: "2.0",
    basePath: store,
    schemes: ["http"],
    paths: {
      "/pet/findByStatus": {
        get: {
          operationId: "findPetsByStatus",
          parameters: [
            { name: "status", in: "query", required: true, type: "array", items: { type: "string" }, collectionFormat: "multi" },
          ],
        },
      },
    },
  }),
  type: "application/json",
};
const findPets: Scenario = {
  replies: { [`GET ${store}/swagger.json`]: swagger, [`GET ${store}/pet/findByStatus?status=available`]: json([pet]) },
  asked: [`GET ${store}/pet/findByStatus?status=available`],
  run: { output: [pet] },
};
const retrying: Scenario = {
  input: { petId: 1 },
  replies: { [getPet]: [{ status: 503 }, { status: 503 }, json(pet)] },
  asked: [getPet, getPet, getPet],
  run: { output: pet },
  edits: { "seconds: 3": "milliseconds: 3" },
};
const owned = { petId: 1, name: "Milou" };
const mocked = { statusCode: 200, headers: { "Content-Type": "application/json" }, content: { foo: { bar: "baz" } } };
const log = {
  text: "run: { shell: { command: 'echo \"$1: $2\"', arguments: ['${ .level }', '${ .message }'] } }\n",
  type: "application/yaml",
};

/** By the name of the file. */
export const examples: { readonly [file: string]: Scenario } = {
  "authentication-bearer-uri-format": token,
  "authentication-bearer": token,
  "authentication-reusable": token,
  "call-custom-function-cataloged": {
    replies: { "GET /raw.githubusercontent.com/serverlessworkflow/catalog/main/functions/log/1.0.0/function.yaml": log },
    asked: [],
    run: { output: "information: Hello, world!\n" },
  },
  "call-custom-function-inline": {
    replies: { [`GET ${store}/pet/69`]: json(pet) },
    asked: [`GET ${store}/pet/69`],
    run: { output: pet },
  },
  "call-http-endpoint-interpolation-shorthand": { input: { petId: 1 }, replies: petIsThere, asked: [getPet], run: { output: pet } },
  "call-http-endpoint-interpolation": { input: { petId: 1 }, replies: petIsThere, asked: [getPet], run: { output: pet } },
  "call-http-query-headers-expressions": { ...search, run: { output: { count: 1 } } },
  "call-http-query-parameters": { ...search, run: { output: { count: 1 } } },
  "call-http-redirect": { ...search, run: { output: { count: 1 } } },
  "call-openapi": findPets,
  "call-openapi-redirect": findPets,
  "conditional-task": {
    input: { customer: { age: 18 } },
    asked: ['POST /superbet-casinos.com/api/bet/on/football {"customer":".customer","bet":".bet"}'],
    run: { output: null },
  },
  "do-multiple": {
    input: { petId: 1 },
    replies: { [getPet]: json(owned) },
    asked: [getPet, `PUT ${store}/pet/1 ${JSON.stringify({ ...owned, status: "sold" })}`],
    run: { output: null },
  },
  "do-single": { input: { petId: 1 }, replies: petIsThere, asked: [getPet], run: { output: pet } },
  emit: { run: { output: { type: "com.petstore.order.placed.v1", source: "https://petstore.com", data: { items: [{ quantity: 101 }] } } } },
  "for-inline-array": { run: { output: { processed: [{ name: "red" }, { name: "green" }, { name: "blue" }] } } },
  fork: {
    input: { patient: { fullName: "Ada" }, room: { number: 7 } },
    replies: {
      "PUT /fake-hospital.com/api/v3/alert/nurses": json("nurse"),
      "PUT /fake-hospital.com/api/v3/alert/doctor": json("nurse"),
    },
    run: { output: "nurse" },
  },
  // Its condition asks an object whether it starts with a text, which is an error in jq.
  "mock-service-extension": { asked: [], run: { status: "faulted", error: { status: 400, instance: "/use/extensions/0/mockService" } } },
  "mock-service-extension, with an address that is a text": {
    edits: { "https://fake.com/sample": "https://mocked.service.com/sample", "endpoint:\n          uri:": "endpoint:" },
    asked: [],
    run: { output: mocked },
  },
  "raise-inline": { run: notImplemented },
  "raise-reusable": { run: notImplemented },
  "run-script-with-stdin-and-arguments": { run: { output: "stdin >  Hello Workflow\narg >  hello\nenv >  bar\n" } },
  "run-shell-stdin-and-arguments": { run: { output: "STDIN was: Hello World\nARGS are Foo Bar\n" } },
  "run-subflow": {
    input: { user: "Ada" },
    others: [
      "document: { dsl: 1.0.3, namespace: test, name: register-customer, version: 0.1.0 }\ndo: [a: { set: { registered: '${ .customer }' } }]",
    ],
    run: { output: { registered: ".user" } },
  },
  "schedule-cron": { asked: ["POST /example.com/api/v1/backup/start"], run: { status: "completed" } },
  "star-wars-homeworld": {
    input: { id: 1 },
    replies: {
      [people("1")]: json({ homeworld: "{origin}/swapi.dev/api/planets/1" }),
      "GET /swapi.dev/api/planets/1": json({ name: "Tatooine" }),
    },
    asked: [people("1"), "GET /swapi.dev/api/planets/1"],
    run: { output: { name: "Tatooine" } },
  },
  "switch-then-string": { input: { orderType: "electronic" }, run: { output: { validate: true, status: "fulfilled" } } },
  "try-catch": { input: { petId: 1 }, replies: { [getPet]: { status: 404 } }, asked: [getPet], run: { output: { petId: 1 } } },
  "try-catch-retry-inline": retrying,
  "try-catch-retry-reusable": retrying,
  "try-catch-then": {
    input: { petId: 1 },
    replies: { [getPet]: { status: 404 } },
    asked: [getPet],
    run: { output: { error: "$error" } },
  },
  "try-catch-then-directive": {
    replies: { "GET /external-service.example.com/api": { status: 503 } },
    asked: ["GET /external-service.example.com/api"],
    run: { output: { status: "failed" } },
  },
  "wait-duration-inline": { input: { x: 1 }, run: { output: { x: 1 } }, edits: { "seconds: 30": "milliseconds: 30" } },
  "wait-duration-iso8601": { input: { x: 1 }, run: { output: { x: 1 } }, edits: { PT30S: "PT0.03S" } },
};
