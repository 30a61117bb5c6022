// Calls of described services and of functions that lie elsewhere, resources, processes and other flows.
import { expect } from "vitest";
import type { Json } from "@baton/core";
import { fault, json, peer, result, run, theServer, type Answer } from "../peers.ts";
import { dsl, reference, standard } from "../section.ts";

const pets = (server: string): Json => ({
  openapi: "3.0.3",
  info: { title: "Pets", version: "1" },
  servers: [{ url: server }],
  paths: {
    "/pets": {
      get: {
        operationId: "find",
        parameters: [{ name: "status", in: "query", required: true, schema: { type: "string" } }],
        responses: {},
      },
      post: { operationId: "add", requestBody: { content: { "application/json": { schema: { type: "object" } } } }, responses: {} },
    },
    "/pets/{id}": {
      get: { operationId: "get", parameters: [{ name: "id", in: "path", required: true, schema: { type: "integer" } }], responses: {} },
    },
  },
});

/** A service with its own description, and what was asked of it but that. */
async function petService(answer: Answer = json([1])) {
  const service = await peer(({ line }) => (line === "GET /openapi.json" ? json(pets("/v1")) : answer));
  const asked = (): string[] =>
    service.asked.map(({ line, body }) => `${line} ${body}`.trim()).filter((line) => line !== "GET /openapi.json");
  const call = (rest: string): string =>
    `do: [a: { call: openapi, with: { document: { endpoint: '${service.at}/openapi.json' }, ${rest} } }]`;
  return { asked, call, service };
}

const shell = (command: string, more = ""): string => `do: [a: { run: { shell: { command: ${JSON.stringify(command)} }${more} } }]`;
const script = (language: string, code: string, more = ""): string =>
  `do: [a: { run: { script: { language: ${language}, code: ${JSON.stringify(code)}${more} } } }]`;
const greeting = "input: { schema: { document: { type: object, required: [name] } } }\nset: { text: '${ \"Hello \" + .name }' }\n";
const both = "echo out; echo err >&2; exit 3";

export const serviceSections = [
  reference("OpenAPI Call", {
    "the operation that its id names is called, with its parameters": async () => {
      const { asked, call } = await petService();
      expect(await result(call("operationId: find, parameters: { status: '${ .s }' }"), { s: "sold" })).toEqual([1]);
      await result(call("operationId: get, parameters: { id: 7 }"));
      await result(call("operationId: add, parameters: { body: { name: Milou } }"));
      expect(asked()).toEqual(["GET /v1/pets?status=sold", "GET /v1/pets/7", 'POST /v1/pets {"name":"Milou"}']);
    },
    "`output` and `redirect` mean what they mean for HTTP": async () => {
      const { call } = await petService();
      expect(await result(call("operationId: get, parameters: { id: 7 }, output: response"))).toMatchObject({
        statusCode: 200,
        content: [1],
      });
      const { call: moved } = await petService({ status: 304, headers: {} });
      expect(await fault(moved("operationId: get, parameters: { id: 7 }"))).toMatchObject({ status: 304 });
      expect((await run(moved("operationId: get, parameters: { id: 7 }, redirect: true"))).status).toBe("completed");
    },
    "a policy authenticates the call": async () => {
      const { call, service } = await petService();
      await result(call("operationId: get, parameters: { id: 7 }, authentication: { bearer: { token: t } }"));
      expect(service.asked.at(-1)?.headers.authorization).toBe("Bearer t");
    },
    "a problem with the call is a communication error": async () => {
      const { call } = await petService(json(null, 500));
      expect(await fault(call("operationId: get, parameters: { id: 7 }"))).toMatchObject({ type: standard("communication"), status: 500 });
    },
    "an operation that is not there is an error that names it": async () => {
      const { call } = await petService();
      expect(await fault(call("operationId: fnid"))).toMatchObject({ detail: expect.stringContaining("fnid") as string });
    },
  }),
  reference("External Resource", {
    "a resource is had from its endpoint, with the credentials that are given": async () => {
      const { at, asked } = await peer(() => json({ type: "object", required: ["id"] }));
      const flow = `input: { schema: { resource: { name: thing, endpoint: { uri: '${at}/s.json', authentication: { bearer: { token: t } } } } } }\ndo: [a: { set: '\${ .id }' }]`;
      expect(await result(flow, { id: 5 })).toBe(5);
      expect(await fault(flow, {})).toMatchObject({ type: standard("validation") });
      expect(asked[0]?.headers.authorization).toBe("Bearer t");
    },
    "a script may be one": async () => {
      const { at } = await peer(() => ({ headers: { "content-type": "text/javascript" }, body: "console.log('from afar')" }));
      expect(await result(`do: [a: { run: { script: { language: js, source: { endpoint: '${at}/s.js' } } } }]`)).toBe("from afar\n");
    },
  }),
  dsl("Using a Custom Function", {
    "a function can be called by its URL": async () => {
      const { at } = await peer(() => ({ headers: { "content-type": "application/yaml" }, body: greeting }));
      expect(await result(`do: [a: { call: '${at}/greet/function.yaml', with: { name: Ada } }]`)).toEqual({ text: "Hello Ada" });
    },
    "its own schemas hold": async () => {
      const { at } = await peer(() => ({ headers: { "content-type": "application/yaml" }, body: greeting }));
      expect(await fault(`do: [a: { call: '${at}/greet/function.yaml' }]`)).toMatchObject({ type: standard("validation") });
    },
  }),
  dsl("Using Cataloged Functions", {
    "`name:version@catalog` is the function of that version in that catalog": async () => {
      const { at, asked } = await peer(() => ({ headers: { "content-type": "application/yaml" }, body: greeting }));
      const flow = `use: { catalogs: { mine: { endpoint: { uri: '${at}/catalog' } } } }\ndo: [a: { call: 'greet:1.0.0@mine', with: { name: Ada } }]`;
      expect(await result(flow)).toEqual({ text: "Hello Ada" });
      expect(asked.map(({ line }) => line)).toEqual(["GET /catalog/functions/greet/1.0.0/function.yaml"]);
    },
    "a catalog's credentials are used": async () => {
      const { at, asked } = await peer(() => ({ headers: { "content-type": "application/yaml" }, body: greeting }));
      const flow = `use: { catalogs: { mine: { endpoint: { uri: '${at}', authentication: { basic: { username: u, password: p } } } } } }\ndo: [a: { call: 'greet:1.0.0@mine', with: { name: Ada } }]`;
      await result(flow);
      expect(asked[0]?.headers.authorization).toMatch(/^Basic /);
    },
  }),
  dsl("Default Catalog", {
    "a function that the server keeps is called by `name:version@default`, and no catalog need be declared": async () => {
      const { client } = await theServer();
      await client.putFunction({ namespace: "default", name: "greet", version: "1.0.0" }, greeting);
      expect(await result("do: [a: { call: 'greet:1.0.0@default', with: { name: Ada } }]")).toEqual({ text: "Hello Ada" });
    },
    "a catalog of that name that a workflow declares goes before": async () => {
      const { at } = await peer(() => ({ headers: { "content-type": "application/yaml" }, body: "set: { own: true }" }));
      const flow = `use: { catalogs: { default: { endpoint: { uri: '${at}' } } } }\ndo: [a: { call: 'greet:1.0.0@default', with: { name: Ada } }]`;
      expect(await result(flow)).toEqual({ own: true });
    },
  }),
  reference("Shell Process", {
    "the command runs, with arguments, environment and standard input": async () => {
      const flow = `do: [a: { run: { shell: { command: 'echo "$1 $NAME $(cat)"', arguments: ['\${ .x }'], environment: { NAME: n }, stdin: '\${ .x }' } } }]`;
      expect(await result(flow, { x: "ecks" })).toBe("ecks n ecks\n");
    },
  }),
  reference("Script Process", {
    "JavaScript runs, with its arguments, environment and standard input": async () => {
      const code = "import { readFileSync } from 'node:fs';\nconsole.log(process.argv[2], process.env.NAME, readFileSync(0, 'utf8'))";
      expect(await result(script("js", code, ", arguments: [one], environment: { NAME: n }, stdin: text"))).toBe("one n text\n");
    },
    "Python runs, with its arguments, environment and standard input": async () => {
      const code = "import os, sys\nprint(sys.argv[1], os.environ['NAME'], sys.stdin.read())";
      expect(await result(script("python", code, ", arguments: [one], environment: { NAME: n }, stdin: text"))).toBe("one n text\n");
    },
    "arguments that are a mapping are variables of the script, as they were in former versions": async () => {
      const given = ', arguments: { text: "${ .text }", list: [1, 2] }';
      const input = { text: 'a "b"\n\u2028c' };
      expect(await result(script("js", "console.log(JSON.stringify([text, list]))", given), input)).toBe(
        `${JSON.stringify([input.text, [1, 2]])}\n`,
      );
      const python = "import json\nprint(json.dumps([text, list]))";
      expect(JSON.parse((await result(script("python", python, given), input)) as string)).toEqual([input.text, [1, 2]]);
      await expect(run(script("js", "1", ", arguments: { 'a-b': 1 }"))).rejects.toMatchObject({ code: "flow-invalid" });
    },
    "a script that fails is an error of the run": async () =>
      expect(await fault(script("js", "throw new Error('no')"))).toMatchObject({ type: standard("runtime"), instance: "/do/0/a" }),
  }),
  reference("Process Result", {
    "`return: stdout` gives what was printed; it is the default": async () => {
      expect(await result(shell("echo out"))).toBe("out\n");
      expect(await result(shell("echo out", ", return: stdout"))).toBe("out\n");
    },
    "`return: stderr` gives what was printed as errors": async () => expect(await result(shell(both, ", return: stderr"))).toBe("err\n"),
    "`return: code` gives the exit code": async () => expect(await result(shell(both, ", return: code"))).toBe(3),
    "`return: all` gives all three": async () =>
      expect(await result(shell(both, ", return: all"))).toEqual({ code: 3, stdout: "out\n", stderr: "err\n" }),
    "`return: none` gives nothing": async () => expect(await result(shell("echo out", ", return: none"))).toBeNull(),
  }),
  reference("Workflow Process", {
    "the flow of that namespace, name and version runs, the newest where none is given": async () => {
      const { client } = await theServer();
      for (const version of ["1.0.0", "2.0.0"])
        await client.applyFlow(
          `document: { dsl: 1.0.3, namespace: subs, name: child, version: ${version} }\ndo: [a: { set: { v: ${version}, got: '\${ .n }' } }]`,
        );
      const parent = (version: string): string =>
        `do: [a: { run: { workflow: { namespace: subs, name: child, version: ${version}, input: { n: 5 } } } }]`;
      expect(await result(parent("1.0.0"))).toEqual({ v: "1.0.0", got: 5 });
      expect(await result(parent("latest"))).toEqual({ v: "2.0.0", got: 5 });
      expect(await result(parent("latest").replace(", version: latest", ""))).toEqual({ v: "2.0.0", got: 5 });
    },
    "its input schema is asked, and what it raises is the task's error": async () => {
      const { client } = await theServer();
      await client.applyFlow(
        "document: { dsl: 1.0.3, namespace: subs, name: strict, version: 1.0.0 }\ninput: { schema: { document: { required: [n] } } }\ndo: [a: { set: { x: 1 } }]",
      );
      const parent = "do: [a: { run: { workflow: { namespace: subs, name: strict, version: 1.0.0, input: { m: 5 } } } }]";
      expect(await fault(parent)).toMatchObject({ type: standard("validation"), instance: "/do/0/a" });
    },
  }),
];
