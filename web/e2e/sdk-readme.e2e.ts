import { execFile } from "node:child_process";
import { mkdir, mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { join, resolve } from "node:path";
import { promisify } from "node:util";
import type { ConsoleMessage } from "playwright-core";
import ts from "typescript";
import { build } from "vite";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { useParlour } from "./parlour.ts";

const ROOT = resolve(import.meta.dirname, "../..");
/** Where the samples say that the server is. */
const SERVER = /http:\/\/127\.0\.0\.1:5000/gu;
const SAMPLE = /```ts\n(.*?)```\n\n```text\n(.*?)```/gsu;

interface Sample {
  /** The file that it is in. */
  readonly path: string;
  readonly code: string;
  /** What it prints. */
  readonly output: string;
}

const parlour = useParlour();
let folder: string;
let samples: readonly Sample[];

/** Each sample in a file of its own, where the package is found by its name. */
beforeAll(async () => {
  const cache = join(ROOT, "node_modules/.cache");
  await mkdir(cache, { recursive: true });
  folder = await mkdtemp(join(cache, "parlour-samples-"));
  const readme = await readFile(join(ROOT, "sdk/README.md"), "utf8");
  samples = [...readme.matchAll(SAMPLE)].map(([, code = "", output = ""], index) => {
    return { path: join(folder, `sample${index + 1}.mts`), code, output };
  });
});
afterAll(() => rm(folder, { recursive: true, force: true }));

/** Writes them for the server that runs just now, and compiles them; what the compiler says. */
async function compile(): Promise<readonly string[]> {
  for (const { path, code } of samples) await writeFile(path, code.replaceAll(SERVER, parlour.url()));
  const program = ts.createProgram(
    samples.map(({ path }) => path),
    {
      strict: true,
      exactOptionalPropertyTypes: true,
      noUncheckedIndexedAccess: true,
      target: ts.ScriptTarget.ES2023,
      lib: ["lib.es2023.d.ts", "lib.dom.d.ts"],
      module: ts.ModuleKind.NodeNext,
      moduleResolution: ts.ModuleResolutionKind.NodeNext,
      types: [],
      noEmitOnError: true,
    },
  );
  const { diagnostics } = program.emit();
  return [...ts.getPreEmitDiagnostics(program), ...diagnostics].map(({ messageText, file }) => {
    return `${file?.fileName ?? ""}: ${ts.flattenDiagnosticMessageText(messageText, "\n")}`;
  });
}

describe("the samples in the SDK's README", () => {
  it("are all that there are, and each says what it prints", async () => {
    const readme = await readFile(join(ROOT, "sdk/README.md"), "utf8");
    expect(samples.length).toBe(readme.split("```ts\n").length - 1);
    expect(samples.length).toBeGreaterThanOrEqual(3);
  });

  it("compile, and do what they say in Node", async () => {
    expect(await compile()).toEqual([]);
    for (const { path, output } of samples) {
      const { stdout } = await promisify(execFile)(process.execPath, [path.replace(/mts$/u, "mjs")], { timeout: 30_000 });
      expect(stdout).toBe(output);
    }
  });

  it("do the same in a browser", async () => {
    expect(await compile()).toEqual([]);
    const ada = await parlour.open("Ada", { hasClock: false });
    // What is refused, a browser logs as an error.
    parlour.expectTrouble(/responded with a status of 4\d\d/u);
    for (const [nth, { path, output }] of samples.entries()) {
      const code = await bundle(path.replace(/mts$/u, "mjs"));
      const printed: string[] = [];
      const print = (message: ConsoleMessage): void => {
        if (message.type() === "log") printed.push(`${message.text()}\n`);
      };
      ada.page.on("console", print);
      const address = `/assets/sample${nth}.js`;
      await ada.page.route(`**${address}`, (route) => route.fulfill({ contentType: "text/javascript", body: code }));
      await ada.page.addScriptTag({ url: address, type: "module" });
      await expect.poll(() => printed.join(""), { timeout: 15_000 }).toBe(output);
      ada.page.off("console", print);
    }
  });
});

/** One file that holds the sample and what it imports. */
async function bundle(path: string): Promise<string> {
  const built = await build({
    configFile: false,
    root: folder,
    logLevel: "error",
    build: { write: false, minify: false, target: "es2022", lib: { entry: path, formats: ["es"] } },
  });
  if (!Array.isArray(built) || built[0] === undefined) throw new Error("nothing was built");
  return built[0].output[0].code;
}
