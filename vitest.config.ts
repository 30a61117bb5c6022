import { defineConfig } from "vitest/config";
import "./tools/vitest-cache.ts";

// Tests lie beside the code; the suffix tells the cost (see CONTRIBUTING.md). `check` runs the ones without I/O.
export default defineConfig({
  test: {
    include: ["packages/**/*.test.ts", "tools/**/*.test.ts", "test/**/*.test.ts", "bench/**/*.test.ts", "examples/**/*.test.ts"],
    exclude: ["**/node_modules/**", "bench/peers/**"],
    setupFiles: ["tools/vitest-setup.ts"],
    globalSetup: ["tools/vitest-cache.ts"],
    // Much of the suite waits for other programs, so no core is kept free.
    maxWorkers: "100%",
    testTimeout: 30_000,
    hookTimeout: 30_000,
  },
});
