import { defineConfig } from "vitest/config";

/** The unit tests of both packages; the browser specs have their own config in `web/`. */
export default defineConfig({
  test: {
    projects: [
      {
        resolve: { conditions: ["parlour-source"] },
        test: { name: "sdk", include: ["sdk/src/**/*.test.ts"], environment: "node" },
      },
      {
        resolve: { conditions: ["parlour-source"] },
        ssr: { resolve: { conditions: ["parlour-source"] } },
        test: { name: "web", include: ["web/src/**/*.test.ts"], environment: "node" },
      },
    ],
  },
});
