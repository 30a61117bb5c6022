// What goes out on one stream: messages of one turn of the event loop become one frame. Ends of jobs become one message.
import { maxFrameBytes, type EndedJob, type ServerMessage } from "@baton/api";

/** Where frames go. */
export interface FrameSink {
  send(frame: string): void;
}

/** A list of messages is cut into several frames where it grows beyond this, in characters. */
const longFrame = maxFrameBytes / 4;

/** Gathers messages and sends them. */
export class Outbox {
  readonly #sink: FrameSink;
  #messages: string[] = [];
  #length = 0;
  #ended: EndedJob[] = [];
  #scheduled = false;

  constructor(sink: FrameSink) {
    this.#sink = sink;
  }

  push(message: ServerMessage): void {
    const text = JSON.stringify(message);
    if (this.#length + text.length > longFrame) this.flush();
    this.#messages.push(text);
    this.#length += text.length + 1;
    this.#schedule();
  }

  pushEnded(job: EndedJob): void {
    this.#ended.push(job);
    this.#schedule();
  }

  /** Sends what there is, now. */
  flush(): void {
    const jobs = this.#ended;
    this.#ended = [];
    if (jobs.length > 0) this.push({ type: "ended", jobs });
    const messages = this.#messages;
    if (messages.length === 0) return;
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
