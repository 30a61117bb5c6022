// What performs a call or a process, one folder each, behind one port.
export type * from "./port.ts";
