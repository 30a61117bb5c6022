// What the runtime tells the server's log.

/** A line for the server's log: something that nobody asked for but somebody should know. */
export interface LogRecord {
  readonly level: "info" | "warning" | "error";
  readonly message: string;
  readonly runId?: string;
  readonly error?: unknown;
}
