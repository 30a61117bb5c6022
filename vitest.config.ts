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
    // A machine may be slow, and busy: what waits, waits for minutes before it gives up.
    testTimeout: 600_000,
    hookTimeout: 600_000,
    expect: { poll: { timeout: 300_000, interval: 50 } },
  },
});
