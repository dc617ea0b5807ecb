/** bench/RESULTS.md, section by section: each program that measures owns one, between its marks. */
import { existsSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";

const RESULTS = join(import.meta.dirname, "RESULTS.md");

/** Replaces the section called `name`, or adds it at the end. */
export function writeSection(name, text) {
  const [begin, end] = [`<!-- ${name}: begin -->`, `<!-- ${name}: end -->`];
  const old = existsSync(RESULTS) ? readFileSync(RESULTS, "utf8") : "# Results\n";
  const [from, to] = [old.indexOf(begin), old.indexOf(end)];
  const whole = `${begin}\n${text}\n${end}`;
  const isThere = from >= 0 && to > from;
  const all = isThere
    ? old.slice(0, from) + whole + old.slice(to + end.length)
    : `${old.trimEnd()}\n\n${whole}\n`;
  writeFileSync(RESULTS, all);
}
