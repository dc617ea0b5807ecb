import type { Group } from "@parlour/sdk/group";

/** Whether a word of `name` begins like each word of `query`, whatever the case and the accents. */
export function fitsSearch(name: string, query: string): boolean {
  const words = folded(name);
  return folded(query).every((wanted) => words.some((word) => word.startsWith(wanted)));
}

/** The groups with something new first. */
export function mostRecentFirst<C extends Group<unknown>>(groups: readonly C[]): C[] {
  return groups.toSorted((one, other) => other.updatedAt.localeCompare(one.updatedAt) || one._id.localeCompare(other._id));
}

function folded(text: string): string[] {
  return text
    .normalize("NFKD")
    .replace(/\p{M}/gu, "")
    .toLowerCase()
    .split(/[^\p{L}\p{N}]+/u)
    .filter((word) => word !== "");
}
