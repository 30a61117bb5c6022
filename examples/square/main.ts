// `npm run example:square -- 7`: starts the service, runs the flow that calls it, prints the square.
import { spawn } from "node:child_process";
import { fileURLToPath } from "node:url";
import { startSquareService } from "./service.ts";

const number = Number(process.argv[2] ?? 7);
if (Number.isNaN(number)) {
  console.error(`"${process.argv[2]}" is not a number; write: npm run example:square -- 7`);
  process.exit(2);
}
const baton = fileURLToPath(new URL("../../packages/cli/bin/baton.mjs", import.meta.url));
const flow = fileURLToPath(new URL("square.yaml", import.meta.url));
const { url, server } = await startSquareService();
const run = spawn(process.execPath, [baton, "run", flow, "--local", "-i", JSON.stringify({ number, service: url })], { stdio: "inherit" });
run.on("close", (code) => {
  server.close();
  process.exitCode = code ?? 1;
});
