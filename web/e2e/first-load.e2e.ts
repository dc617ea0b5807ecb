import { readFile } from "node:fs/promises";
import { resolve } from "node:path";
import { gzipSync } from "node:zlib";
import { describe, expect, it } from "vitest";

const DIST = resolve(import.meta.dirname, "../dist");
/** So much JavaScript, compressed, is fetched at most until a page can be used. */
const BUDGET_BYTES = 250_000;

interface Chunk {
  readonly file: string;
  readonly isEntry?: boolean;
  readonly isDynamicEntry?: boolean;
  /** What is fetched with it. */
  readonly imports?: readonly string[];
}

const manifest = JSON.parse(await readFile(resolve(DIST, ".vite/manifest.json"), "utf8")) as Record<string, Chunk>;

/** The files of these chunks and of all that they need, each once. */
function files(names: readonly string[], found = new Set<string>()): Set<string> {
  for (const name of names) {
    const chunk = manifest[name];
    if (chunk === undefined) throw new Error(`the manifest does not know ${name}`);
    if (found.has(chunk.file)) continue;
    found.add(chunk.file);
    files(chunk.imports ?? [], found);
  }
  return found;
}

async function weigh(names: readonly string[]): Promise<number> {
  const scripts = [...files(names)].filter((file) => file.endsWith(".js"));
  const sizes = await Promise.all([...scripts, "theme.js"].map(async (file) => gzipSync(await readFile(resolve(DIST, file))).length));
  return sizes.reduce((sum, size) => sum + size, 0);
}

const entries = Object.keys(manifest).filter((name) => manifest[name]?.isEntry === true);
const areas = Object.keys(manifest).filter((name) => manifest[name]?.isDynamicEntry === true);

describe("the scripts of the first load", () => {
  it("are what the page asks for", async () => {
    const page = await readFile(resolve(DIST, "index.html"), "utf8");
    const asked = [...page.matchAll(/(?:src|href)="\/([^"]+\.js)"/gu)].map(([, file]) => file);
    expect(asked.sort()).toEqual([...files(entries), "theme.js"].sort());
    expect(areas.length).toBeGreaterThanOrEqual(4);
  });

  it.each([["the first screen", null], ...areas.map((area) => [area, area] as const)] as const)("fit the budget: %s", async (_, area) => {
    const bytes = await weigh(area === null ? entries : [...entries, area]);
    expect(bytes).toBeLessThan(BUDGET_BYTES);
    // Less than this would be no page at all.
    expect(bytes).toBeGreaterThan(50_000);
  });
});
