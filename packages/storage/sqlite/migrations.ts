// Brings a database to the newest schema. Migrations are numbered from 1 without gaps, go forward only, and run
// each in a transaction of its own together with the number that it leaves in `user_version`.
import { readdirSync, readFileSync } from "node:fs";
import type { DatabaseSync } from "node:sqlite";
import { assert } from "@baton/core";
import { storageError } from "../errors.ts";

/** "batn": marks a database file as one of Baton's (the header's application id). */
const applicationId = 0x62_61_74_6e;

const migrationsFolder = new URL("./migrations/", import.meta.url);

/** The SQL of every migration, the first one first. */
export function readMigrations(): readonly string[] {
  const files = readdirSync(migrationsFolder).filter((name) => name.endsWith(".sql"));
  files.sort();
  files.forEach((name, i) => {
    assert(Number.parseInt(name, 10) === i + 1, `Expected migration ${i + 1}, but found ${name}.`);
  });
  return files.map((name) => readFileSync(new URL(name, migrationsFolder), "utf8"));
}

/** Throws, before anything is changed, where a newer version wrote the database or something else did. */
export function refuseForeign(database: DatabaseSync, known: number, where: string): void {
  const version = schemaVersion(database);
  if (version > known) throw newer(version, known, where);
  const empty = pragma(database, "schema_version") === 0;
  if (!empty && pragma(database, "application_id") !== applicationId) {
    throw storageError("data-corrupted", { message: "The database file is not one of Baton's.", where });
  }
}

/** Applies the migrations that are missing. */
export function migrate(database: DatabaseSync, migrations: readonly string[]): void {
  const version = schemaVersion(database);
  if (version === 0) database.exec(`PRAGMA application_id = ${applicationId}`);
  migrations.slice(version).forEach((sql, i) => {
    database.exec(`BEGIN IMMEDIATE; ${sql}; PRAGMA user_version = ${version + i + 1}; COMMIT`);
  });
}

/** How many migrations a database has seen. */
export function schemaVersion(database: DatabaseSync): number {
  return pragma(database, "user_version");
}

function pragma(database: DatabaseSync, name: string): number {
  return Number(database.prepare(`PRAGMA ${name}`).get()?.[name]);
}

function newer(found: number, known: number, where: string): Error {
  const message = `The data folder has schema ${found}, and this version of Baton knows up to ${known}: a newer version wrote it.`;
  return storageError("data-folder-newer", { message, where });
}
