// A receiver of messages whose answers a test writes down.
import type { Message, MessageSender, SendOutcome } from "@baton/executors";

/** Remembers every message; `answers` are given in turn, the last one again and again. */
export class ScriptedSender implements MessageSender {
  readonly messages: Message[] = [];
  readonly #answers: SendOutcome[];

  constructor(...statuses: (number | SendOutcome)[]) {
    this.#answers = statuses.map((one) => (typeof one === "number" ? { kind: "answered", status: one, retryAfterMs: null } : one));
  }

  /** The types of the events that were sent, in order. */
  get types(): string[] {
    return this.messages.map(({ body }) => (JSON.parse(String(body)) as { type: string }).type.replace("io.serverlessworkflow.", ""));
  }

  async send(message: Message): Promise<SendOutcome> {
    this.messages.push(message);
    const answer = this.#answers.length > 1 ? this.#answers.shift() : this.#answers[0];
    return answer ?? { kind: "answered", status: 204, retryAfterMs: null };
  }

  async close(): Promise<void> {}
}
