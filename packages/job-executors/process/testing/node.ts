// A node for tests: starts one job, says so, and stays until it is killed.
// usage: node.ts STATE_FOLDER OPTIONS SHELL_TEXT
import { createProcessExecutor } from "../process-executor.ts";
import { LauncherLink } from "../launcher-link.ts";

const [stateFolder = "", options = "{}", text = ""] = process.argv.slice(2);
const executor = createProcessExecutor(new LauncherLink({ stateFolder, ...(JSON.parse(options) as object) }));
await executor.start({
  allocation: "alloc_of_node",
  token: 1,
  program: { kind: "process", command: "/bin/sh", args: ["-c", text] },
  env: {},
  limits: {},
});
console.log("started");
