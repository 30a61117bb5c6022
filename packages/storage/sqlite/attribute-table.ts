// The attributes of runs: a row per name, the newest value.
import type { DatabaseSync, StatementSync } from "node:sqlite";
import type { AttributeValue } from "../filter/filter.ts";
import type { Attributes } from "../port.ts";

/** The table of attributes. */
export class AttributeTable {
  readonly #put: StatementSync;
  readonly #delete: StatementSync;
  readonly #read: StatementSync;

  constructor(database: DatabaseSync) {
    this.#put = database.prepare("INSERT OR REPLACE INTO run_attributes (run_key, attribute, kind, value) VALUES (?, ?, ?, ?)");
    this.#delete = database.prepare("DELETE FROM run_attributes WHERE run_key = ? AND attribute = ?");
    this.#read = database.prepare(
      "SELECT attribute, kind, value FROM run_attributes JOIN runs USING (run_key) WHERE tenant = ? AND id = ? ORDER BY attribute",
    );
  }

  write(runKey: number, attributes: Attributes): void {
    for (const [name, value] of Object.entries(attributes)) {
      if (value === null) this.#delete.run(runKey, name);
      else this.#put.run(runKey, name, kindOf(value), typeof value === "boolean" ? Number(value) : value);
    }
  }

  read(tenant: string, id: string): { readonly [name: string]: AttributeValue } {
    const rows = this.#read.all(tenant, id);
    return Object.fromEntries(rows.map((row) => [String(row["attribute"]), valueOf(String(row["kind"]), row["value"])]));
  }
}

function kindOf(value: AttributeValue): string {
  return typeof value === "string" ? "text" : typeof value;
}

function valueOf(kind: string, value: unknown): AttributeValue {
  if (kind === "text") return String(value);
  return kind === "boolean" ? value === 1 : Number(value);
}
