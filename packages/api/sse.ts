// Server-sent events (WHATWG HTML, section 9.2): written by the server, read by the client.

/** One event of a stream. */
export interface ServerSentEvent {
  readonly event: string;
  readonly data: string;
  /** The last id seen so far, this event's own included; empty where there is none. */
  readonly id: string;
}

/** An event as text; `data` must be free of line breaks, as JSON is. */
export function formatEvent(event: string, data: string, id?: string): string {
  return `${id === undefined ? "" : `id: ${id}\n`}event: ${event}\ndata: ${data}\n\n`;
}

/** Reads events from a stream of bytes until it ends; an event that the end cuts short is dropped. */
export async function* readEvents(bytes: AsyncIterable<Uint8Array>): AsyncGenerator<ServerSentEvent> {
  const parser = new EventParser();
  const decoder = new TextDecoder();
  for await (const chunk of bytes) yield* parser.push(decoder.decode(chunk, { stream: true }));
}

class EventParser {
  #rest = "";
  #event = "";
  #data: string[] = [];
  #id = "";

  /** The events that this piece of text completes. */
  push(text: string): ServerSentEvent[] {
    const lines = (this.#rest + text).split(/\r\n|\n|\r(?!$)/);
    this.#rest = lines.pop() ?? "";
    return lines.flatMap((line) => this.#line(line) ?? []);
  }

  #line(line: string): ServerSentEvent | undefined {
    if (line === "") return this.#dispatch();
    const colon = line.indexOf(":");
    const field = colon < 0 ? line : line.slice(0, colon);
    const value = colon < 0 ? "" : line.slice(colon + 1).replace(/^ /, "");
    if (field === "event") this.#event = value;
    else if (field === "data") this.#data.push(value);
    else if (field === "id") this.#id = value;
    return undefined;
  }

  #dispatch(): ServerSentEvent | undefined {
    const event = { event: this.#event || "message", data: this.#data.join("\n"), id: this.#id };
    const complete = this.#data.length > 0;
    this.#event = "";
    this.#data = [];
    return complete ? event : undefined;
  }
}
