/** Builds what is measured, and installs what it needs. */
import { spawnSync } from "node:child_process";
import { existsSync, statSync } from "node:fs";
import { join, relative } from "node:path";
import process from "node:process";

import { GENERATOR, GENERATOR_BUILD, ROOT, serverOf } from "./servers.mjs";

/** Whether a file is there, and not older than what it is made from. */
function isFresh(directory, { makes, from }) {
  const [made, source] = [makes, from].map((name) => join(directory, name));
  return existsSync(made) && statSync(made).mtimeMs >= statSync(source).mtimeMs;
}

/** Whether it succeeded. What it says goes to this process's standard error. */
function run({ command, args, directory, ...files }) {
  if (files.makes && isFresh(directory, files)) return true;
  const where = relative(ROOT, directory) || ".";
  process.stderr.write(`bench: ${command} ${args.join(" ")} (in ${where})\n`);
  const { status } = spawnSync(command, args, { cwd: directory, stdio: ["ignore", 2, 2] });
  return status === 0;
}

/**
 * Builds the generator and the servers of these ids.
 *
 * @returns {string[]} those that are there
 */
export function build(ids) {
  for (const step of GENERATOR_BUILD) {
    if (!run(step)) throw new Error("the load generator could not be built");
  }
  for (const id of ids) {
    if (!serverOf(id).build.every(run)) process.stderr.write(`bench: ${id} could not be built\n`);
  }
  return present(ids);
}

/** Those of these servers that are built and installed; without the generator nothing can be done. */
export function present(ids) {
  if (!existsSync(GENERATOR)) throw new Error("there is no load generator: run without --no-build");
  const [there, missing] = [[], []];
  for (const id of ids) (serverOf(id).needs.every((path) => existsSync(path)) ? there : missing).push(id);
  if (missing.length > 0) process.stderr.write(`bench: left out, not there: ${missing.join(", ")}\n`);
  return there;
}
