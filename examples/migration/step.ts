// One step of a migration: `step.ts up|down NAME RUN`. It may be killed at any moment and begun again, also beside another one:
// the change and the row that tells of it are one transaction, which holds an advisory lock of the database. What another run
// has applied is not reverted.
import { spawnSync } from "node:child_process";
import { fileURLToPath } from "node:url";

const [direction, name = "", run = ""] = process.argv.slice(2);
const file = fileURLToPath(new URL(`steps/${name}.${direction}.sql`, import.meta.url));
const isDue = {
  up: "SELECT count(*) = 0 AS due FROM schema_versions WHERE name = :'name'",
  down: "SELECT count(*) = 1 AS due FROM schema_versions WHERE name = :'name' AND run = :'run'",
};
const note = {
  up: "INSERT INTO schema_versions (name, run) VALUES (:'name', :'run');",
  down: "DELETE FROM schema_versions WHERE name = :'name';",
};

if (direction !== "up" && direction !== "down") {
  console.error("usage: step.ts up|down NAME RUN");
  process.exit(2);
}
const script = `
BEGIN;
SELECT pg_advisory_xact_lock(7070);
CREATE TABLE IF NOT EXISTS schema_versions (name TEXT PRIMARY KEY, run TEXT NOT NULL, applied TIMESTAMPTZ NOT NULL DEFAULT now());
${isDue[direction]} \\gset
\\if :due
\\i :file
${note[direction]}
\\echo ${direction} ${name}
\\endif
COMMIT;
`;
const variables = ["ON_ERROR_STOP=1", `name=${name}`, `run=${run}`, `file=${file}`].flatMap((variable) => ["-v", variable]);
const psql = spawnSync("psql", [process.env["DATABASE_URL"] ?? "", "-X", "-q", "-A", "-t", ...variables], {
  input: script,
  stdio: ["pipe", "inherit", "inherit"],
});
process.exitCode = psql.status ?? 1;
