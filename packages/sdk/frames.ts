// Messages as frames: those of one turn of the event loop together, and no frame longer than the other side takes.
import { maxFrameBytes, type ClientMessage } from "@baton/api";

/** A list is cut into several where it grows beyond this, in characters: each may be four bytes. */
const longFrame = maxFrameBytes / 4;

/** The frames of messages, in their order. */
export function framesOf(messages: readonly ClientMessage[]): readonly string[] {
  const frames: string[] = [];
  let texts: string[] = [];
  let length = 0;
  for (const text of messages.flatMap(textsOf)) {
    if (length > 0 && length + text.length > longFrame) {
      frames.push(`[${texts.join(",")}]`);
      [texts, length] = [[], 0];
    }
    texts.push(text);
    length += text.length + 1;
  }
  if (texts.length > 0) frames.push(`[${texts.join(",")}]`);
  return frames;
}

/** Many reports with much to say are several messages. */
function textsOf(message: ClientMessage): readonly string[] {
  const text = JSON.stringify(message);
  if (text.length <= longFrame || message.type !== "reports" || message.reports.length === 1) return [text];
  const half = Math.ceil(message.reports.length / 2);
  return [message.reports.slice(0, half), message.reports.slice(half)].flatMap((reports) => textsOf({ type: "reports", reports }));
}
