// The load: every durable thing that a run can be in the middle of when it is killed. Calls one after the other and
// side by side, retries with a delay, a timer, a sub-flow with a loop, what is undone by a run that faults and by a try;
// and what each run must end with.
import type { Json } from "@baton/core";

/** A reservation of a service that is undone by another call and a pause. */
function undone(name: string, call: (name: string, body: string) => string): string {
  const undo = `[{ undo-${name}: { ${call("add", '{ a: "${ .value }", b: 1 }')} } }, { pause: { wait: { milliseconds: ${pauseMs} } } }]`;
  return `{ ${call("double", '{ a: "${ $workflow.input.n }" }')}, metadata: { baton: { compensate: ${undo} } } }`;
}

/** Kept in the order that lets a flow find its sub-flow. */
export function flowTexts(service: string): readonly string[] {
  const call = (name: string, body: string): string => `call: http, with: { method: post, endpoint: "${service}/${name}", body: ${body} }`;
  const add = (n: number): string => call("add", `{ a: "\${ $workflow.input.n }", b: ${n} }`);
  const keep = (name: string): string => `export: { as: "\${ $context + { ${name}: .value } }" }`;
  const ship = `
document: { dsl: "1.0.0", namespace: chaos, name: ship, version: "1.0.0" }
do:
  - parcels:
      for: { each: parcel, in: "\${ [10, 20, 30] }" }
      do:
        - send: { ${call("add", '{ a: "${ $workflow.input.n }", b: "${ $parcel }" }')}, export: { as: "\${ $context + { shipped: ($context.shipped // []) + [.value] } }" } }
  - result: { set: { shipped: "\${ $context.shipped }" } }
`;
  const flight = `
document: { dsl: "1.0.0", namespace: chaos, name: flight, version: "1.0.0" }
do:
  - seat: ${undone("seat", call)}
  - meal: ${undone("meal", call)}
  - refused: { raise: { error: { type: "urn:refused", status: 418 } } }
`;
  const order = `
document: { dsl: "1.0.0", namespace: chaos, name: order, version: "1.0.0" }
do:
  - trip:
      try:
        - book: ${undone("book", call)}
        - fly: { run: { workflow: { namespace: chaos, name: flight, version: "1.0.0", input: { n: "\${ $workflow.input.n }" } } } }
      catch: { errors: { with: { status: 418 } } }
  - reserve: { ${call("double", '{ a: "${ $workflow.input.n }" }')}, ${keep("reserved")} }
  - prices:
      fork:
        branches:
          - left: { ${add(1)}, ${keep("left")} }
          - right: { ${add(2)}, ${keep("right")} }
  - pay:
      try:
        - charge: { ${call("flaky", '{ key: "${ $workflow.id }", failures: "${ $workflow.input.failures }", a: "${ $workflow.input.n }" }')} }
      catch:
        errors: { with: { status: 503 } }
        retry: { delay: { milliseconds: 10 }, backoff: { constant: {} }, limit: { attempt: { count: 1000 } } }
      ${keep("paid")}
  - pause: { wait: { milliseconds: ${pauseMs} } }
  - ship: { run: { workflow: { namespace: chaos, name: ship, version: "1.0.0", input: { n: "\${ $workflow.input.n }" } } }, export: { as: "\${ $context + . }" } }
  - confirm: { ${add(4)}, ${keep("confirmed")} }
  - result: { set: "\${ $context }" }
`;
  return [ship, flight, order];
}

/** How long each order pauses. */
export const pauseMs = 30;

/** Calls that fail before one succeeds, by the number of the order. */
function failuresOf(n: number): number {
  return n % 3;
}

/** The input of the order of that number. */
export function inputOf(n: number): Json {
  return { n, failures: failuresOf(n) };
}

/** What the order of that number must end with. */
export function expectedOutput(n: number): Json {
  return {
    n,
    failures: failuresOf(n),
    reserved: 2 * n,
    left: n + 1,
    right: n + 2,
    paid: n + 3,
    shipped: [n + 10, n + 20, n + 30],
    confirmed: n + 4,
  };
}
