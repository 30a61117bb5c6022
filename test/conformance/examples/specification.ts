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
const measured = (what: string, value: number) => ({ type: `com.fake-hospital.vitals.measurements.${what}`, data: { [what]: value } });
const ill = [measured("temperature", 37), measured("temperature", 39), measured("bpm", 120)];
const sensed = (what: string, room: string, reading: number) => ({
  source: "https://my.home.com/sensor",
  type: `my.home.sensors.${what}`,
  roomid: room,
  data: { reading },
});
const sensors = [sensed("temperature", "1", 21), sensed("humidity", "2", 40), sensed("humidity", "1", 50)];
const orders = {
  text: JSON.stringify({
    openapi: "3.0.3",
    info: { title: "Orders", version: "1" },
    paths: { "/log": { post: { operationId: "logreading" } }, "/report": { post: { operationId: "produceReport" } } },
    servers: [{ url: "/orders" }],
  }),
  type: "application/json",
};
const trigger = { type: "io.serverlessworkflow.samples.events.trigger.v1", data: { a: 1 } };
const heartbeat = { patient: { id: "p1", name: "Ada", room: { number: 7 }, vitals: { bpm: 41 } }, timestamp: "2026-01-01T00:00:00Z" };
const alert = {
  patientId: "p1",
  patientName: "Ada",
  roomNumber: 7,
  vitals: { heartRate: 41, timestamp: "2026-01-01T00:00:00Z" },
  message: "Alert: Patient's heartbeat is critically low. Immediate attention required.",
};
const checkup = { type: "com.fake.petclinic.pets.checkup.completed.v2", data: { ok: true } };
const owned = { petId: 1, name: "Milou" };
const mocked = { statusCode: 200, headers: { "Content-Type": "application/json" }, content: { foo: { bar: "baz" } } };
const log = {
  text: "run: { shell: { command: 'echo \"$1: $2\"', arguments: ['${ .level }', '${ .message }'] } }\n",
  type: "application/yaml",
};

/** By the name of the file. */
export const examples: { readonly [file: string]: Scenario } = {
  "accumulate-room-readings": {
    note: "its output rule takes the array of events for a single one",
    events: sensors,
    run: { status: "faulted", error: { status: 400, instance: "/do/0/consumeReading" } },
  },
  "accumulate-room-readings, with the events read as an array": {
    events: sensors,
    replies: { "GET /myorg.io/ordersservices.json": orders },
    edits: { "as: .data.reading": "as: '{ readings: map(.reading) }'" },
    asked: ["POST /orders/log", "POST /orders/log", "POST /orders/report"],
    run: { output: null },
  },
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
  for: { input: { pets: [{ id: 1 }] }, run: { output: { pets: [{ id: 1 }] } } },
  "for, with a vet": {
    note: "the output rule of the task inside takes the array of events for an object",
    input: { vet: "Ada", pets: [{ id: 1 }] },
    events: [checkup],
    run: { status: "faulted", error: { status: 400, instance: "/do/0/checkup/do/0/waitForCheckup" } },
  },
  "for, with a vet and the input kept": {
    input: { vet: "Ada", pets: [{ id: 1 }, { id: 2 }] },
    events: [checkup, checkup],
    edits: { "'.pets + [{ \"id\": $pet.id }]'": "'$input + { seen: (($input.seen // []) + [$pet.id]) }'" },
    run: { output: { vet: "Ada", seen: [1, 2] } },
  },
  fork: {
    input: { patient: { fullName: "Ada" }, room: { number: 7 } },
    replies: {
      "PUT /fake-hospital.com/api/v3/alert/nurses": json("nurse"),
      "PUT /fake-hospital.com/api/v3/alert/doctor": json("nurse"),
    },
    run: { output: "nurse" },
  },
  "listen-to-all read-envelope": {
    events: ill,
    run: { output: [{ type: ill[1]?.type, data: { temperature: 39 } }, { data: { bpm: 120 } }] },
  },
  "listen-to-all": { events: ill, run: { output: [{ temperature: 39 }, { bpm: 120 }] } },
  "listen-to-any-filter": { events: ill, run: { output: [{ temperature: 39 }] } },
  "listen-to-any-forever-foreach": {
    events: [
      { type: "gossip", data: { roomId: 7, text: "a" } },
      { type: "gossip", data: { roomId: 7, text: "b" } },
    ],
    asked: ["a", "b"].map((text) => `POST /fake-chat-api.com/room/7 ${JSON.stringify({ event: { roomId: 7, text } })}`),
    stays: true,
    run: { status: "waiting" },
  },
  "listen-to-any-until-condition": { events: [...ill, ...ill].map((event) => ({ ...event })), run: { output: { length: 4 } } },
  "listen-to-any-until-consumed": {
    events: [...ill, { type: "com.fake-hospital.patient.checked-out", data: null }],
    run: { output: [{ temperature: 39 }, { bpm: 120 }] },
  },
  "listen-to-any": { events: ill, run: { output: [{ temperature: 37 }] } },
  "listen-to-one": {
    events: [{ type: "com.virtual-wf-powered-race.events.race.started.v1", data: { carId: 7 } }],
    asked: ["POST /virtual-wf-powered-race.com/api/v4/cars//start"],
    run: { output: null },
  },
  "mock-service-extension": {
    note: "its condition asks an object whether it starts with a text, which is an error in jq",
    asked: [],
    run: { status: "faulted", error: { status: 400, instance: "/use/extensions/0/mockService" } },
  },
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
  "schedule-event-driven": {
    triggers: [{ type: "com.example.hospital.events.patients.heartbeat.low", data: { data: heartbeat } }],
    asked: [`POST /hospital.example.com/api/v1/notify ${JSON.stringify(alert)}`],
    run: { output: null },
  },
  "set-expression": { triggers: [trigger], run: { output: { a: 1 } } },
  set: { triggers: [trigger], run: { output: { startEvent: { a: 1 } } } },
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

/** The files that wait for a connector, and for which. */
export const waiting: { readonly [file: string]: string } = {
  "authentication-oauth2-secret": "`oauth2`",
  "authentication-oauth2": "`oauth2`",
  "authentication-oidc-secret": "`oidc`",
  "authentication-oidc": "`oidc`",
  "call-asyncapi-publish": "`call: asyncapi`",
  "call-asyncapi-subscribe-consume-amount": "`call: asyncapi`",
  "call-asyncapi-subscribe-consume-forever-foreach": "`call: asyncapi`",
  "call-asyncapi-subscribe-consume-until": "`call: asyncapi`",
  "call-asyncapi-subscribe-consume-while": "`call: asyncapi`",
  "call-grpc": "`call: grpc`",
  "call-mcp": "`call: mcp`",
};

const hello = "Hello from Docker!\n";

/** The files whose tasks are containers; the images that they name are stand-ins. */
export const containerExamples: { readonly [name: string]: Scenario } = {
  "run-container-cleanup-always": { run: { output: hello } },
  "run-container-cleanup-eventually": { run: { output: hello } },
  "run-container-stdin-and-arguments": { run: { output: "STDIN was: Hello World\nARGS are Foo Bar\n" } },
  "run-container-with-name": { run: { output: hello } },
  "run-container-with-pull-policy, with an image that is there": {
    edits: { "pullPolicy: always": "pullPolicy: never" },
    run: { output: hello },
  },
  "run-container": { run: { output: hello } },
  "run-return-all": { run: { output: { code: 0, stdout: hello, stderr: "" } } },
  "run-return-code": { run: { output: 0 } },
  "run-return-none": { run: { output: null } },
  "run-return-stderr": { run: { output: "" } },
};
