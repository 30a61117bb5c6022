import { expect, test } from "vitest";
import { eventRequest } from "./cloud-event-request.ts";

const event = {
  specversion: "1.0",
  id: "1",
  source: "/here",
  type: "a.b",
  subject: 'Euro € 😀 "50%"',
  datacontenttype: "application/json",
};

test("structured: the event as it is, under its media type", () => {
  const text = JSON.stringify({ ...event, data: { x: 1 } });
  expect(eventRequest(text, "structured")).toEqual({
    headers: { "content-type": "application/cloudevents+json; charset=utf-8" },
    body: text,
  });
});

// The subject begins with the example of the protocol binding, section 3.1.3.2.
test("binary: attributes in headers, percent-encoded where headers cannot carry them", () => {
  expect(eventRequest(JSON.stringify({ ...event, data: { x: 1 } }), "binary")).toEqual({
    headers: {
      "content-type": "application/json",
      "ce-specversion": "1.0",
      "ce-id": "1",
      "ce-source": "/here",
      "ce-type": "a.b",
      "ce-subject": "Euro%20%E2%82%AC%20%F0%9F%98%80%20%2250%25%22",
    },
    body: '{"x":1}',
  });
});

test("binary: text and bytes go as they are, JSON as JSON, nothing as nothing", () => {
  const body = (more: object) => eventRequest(JSON.stringify({ ...event, ...more }), "binary").body;
  expect(body({ datacontenttype: "text/plain", data: "hello" })).toBe("hello");
  expect(body({ data: "hello" })).toBe('"hello"');
  expect(body({ datacontenttype: "application/vnd.x+json", data: "hello" })).toBe('"hello"');
  expect(body({ datacontenttype: "image/png", data_base64: "AAEC" })).toEqual(Buffer.from([0, 1, 2]));
  expect(eventRequest(JSON.stringify(event), "binary")).toMatchObject({ body: "" });
});
