import tailwindcss from "@tailwindcss/vite";
import react from "@vitejs/plugin-react";
import { defineConfig } from "vite";

/** Where the development server finds a running Parlour. */
const server = process.env.PARLOUR_URL ?? "http://127.0.0.1:5000";

export default defineConfig({
  plugins: [react(), tailwindcss()],
  resolve: { conditions: ["parlour-source", "module", "browser", "development|production"] },
  build: {
    sourcemap: false,
    // What loads what: a test adds up the first load from it. The binary leaves it out.
    manifest: true,
    // Every browser that this page serves knows `modulepreload`.
    modulePreload: { polyfill: false },
    // The Content-Security-Policy lets nothing in from `data:` but pictures.
    assetsInlineLimit: 0,
  },
  server: {
    proxy: { "/socket.io": { target: server, ws: true }, "/api": { target: server } },
  },
});
