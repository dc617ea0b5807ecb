import type { Coming, Comings } from "@parlour/sdk/presence";
import { othersName } from "./names.ts";

/** So many are named; of more, only how many. */
const NAMED = 3;

/** "Ada and Mara joined · Tom left": what people did, in one line. */
export function comingsWords({ people }: Comings): string {
  const parts = (["joined", "left"] as const).flatMap((did) => {
    const names = people.filter((person) => person.did === did).map(nameOf);
    return names.length === 0 ? [] : [`${listed(names)} ${did}`];
  });
  return parts.join(" · ");
}

/** "1 member", "2 members", "1,234 members". */
export function counted(count: number, one: string, many: string): string {
  return `${count.toLocaleString()} ${count === 1 ? one : many}`;
}

/** Isolated, so that a name from right to left does not turn the line around. */
function nameOf({ userName }: Coming): string {
  return `\u2068${othersName(userName)}\u2069`;
}

function listed(names: readonly string[]): string {
  const shown = names.length > NAMED + 1 ? names.slice(0, NAMED) : names;
  const others = names.length - shown.length;
  const all = others > 0 ? [...shown, `${others} others`] : shown;
  const last = all.at(-1) ?? "";
  return all.length < 2 ? last : `${all.slice(0, -1).join(", ")} and ${last}`;
}
