// The storage port and its adapters.
export type * from "./port.ts";
