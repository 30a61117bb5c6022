// What goes out on one stream: messages of one turn of the event loop become one frame, ends of jobs one message. What would be
// too long for one that the other side takes becomes several.
import { maxFrameBytes, type EndedJob, type ServerMessage } from "@baton/api";

/** Where frames go. */
export interface FrameSink {
  send(frame: string): void;
}

/** A list of messages, or of ends, is cut into several where it grows beyond this, in characters: each may be four bytes. */
const longFrame = maxFrameBytes / 4;

/** Gathers messages and sends them. */
export class Outbox {
  readonly #sink: FrameSink;
  #messages: string[] = [];
  #length = 0;
  #ended: string[] = [];
  #scheduled = false;

  constructor(sink: FrameSink) {
    this.#sink = sink;
  }

  push(message: ServerMessage): void {
    this.#add(JSON.stringify(message));
  }

  pushEnded(job: EndedJob): void {
    this.#ended.push(JSON.stringify(job));
    this.#schedule();
  }

  /** Sends what there is, now: ends behind all else, so nobody hears of the end of a job whose id comes later. */
  flush(): void {
    const ended = this.#ended;
    this.#ended = [];
    for (const jobs of inParts(ended)) this.#add(`{"type":"ended","jobs":[${jobs.join(",")}]}`);
    this.#send();
  }

  #add(text: string): void {
    if (this.#length + text.length > longFrame) this.#send();
    this.#messages.push(text);
    this.#length += text.length + 1;
    this.#schedule();
  }

  #send(): void {
    if (this.#messages.length === 0) return;
    const messages = this.#messages;
    this.#messages = [];
    this.#length = 0;
    this.#sink.send(`[${messages.join(",")}]`);
  }

  #schedule(): void {
    if (this.#scheduled) return;
    this.#scheduled = true;
    setImmediate(() => {
      this.#scheduled = false;
      this.flush();
    });
  }
}

function inParts(texts: readonly string[]): readonly (readonly string[])[] {
  const parts: string[][] = [];
  let length = longFrame;
  for (const text of texts) {
    length += text.length + 1;
    if (length > longFrame) {
      parts.push([]);
      length = text.length;
    }
    parts.at(-1)?.push(text);
  }
  return parts;
}
