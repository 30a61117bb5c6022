// A package of functions: `baton function deploy examples/functions/resize` gives it to a server, which runs it as its calls need.
import { defineFunction } from "@baton/sdk";

const side = { type: "integer", minimum: 1, maximum: 100_000 } as const;
const size = { type: "object", properties: { width: side, height: side }, required: ["width", "height"] } as const;

/** The largest size of the same shape within a square. */
export const fit = defineFunction<{ width: number; height: number; within: number }, { width: number; height: number }>(
  "fit",
  { input: { ...size, properties: { ...size.properties, within: side }, required: [...size.required, "within"] }, output: size },
  ({ width, height, within }, { log }) => {
    const scale = Math.min(1, within / Math.max(width, height));
    log(`${width} x ${height} by ${scale}`);
    return { width: Math.max(1, Math.round(width * scale)), height: Math.max(1, Math.round(height * scale)) };
  },
);
