import { defineConfig } from "vitest/config";

/**
 * The browser specs, against a real Parlour in a real Chromium. `--mode screenshot` makes the
 * pictures for the README instead.
 */
export default defineConfig(({ mode }) => ({
  test: {
    include: mode === "screenshot" ? ["e2e/screenshot.ts", "e2e/animation.ts"] : ["e2e/**/*.e2e.ts"],
    environment: "node",
    // A small machine's clock is part of what is tested: no more than two browsers at a time.
    maxWorkers: 2,
    // Each wait has its own limit; the longest spec takes 40 s on two quiet cores.
    testTimeout: 180_000,
    hookTimeout: 60_000,
    // As long as the browser is waited for; the default of a second is less than a slow disk may take.
    expect: { poll: { timeout: 30_000 } },
  },
}));
