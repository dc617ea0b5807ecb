/** The classes of each tone: as a ground, and as letters. */
const TONES = [
  { ground: "bg-plum", letters: "text-plum" },
  { ground: "bg-teal", letters: "text-teal" },
  { ground: "bg-moss", letters: "text-moss" },
  { ground: "bg-indigo", letters: "text-indigo" },
  { ground: "bg-ochre", letters: "text-ochre" },
  { ground: "bg-rose", letters: "text-rose" },
] as const;

/**
 * A colour of somebody's own, the same wherever they are: to tell people apart at a glance, also those
 * who took the same name. `id`: their account's.
 */
export function toneOf(id: string): (typeof TONES)[number] {
  let sum = 0;
  // FNV-1a: ids that differ in one letter differ in their tone as often as not.
  for (const letter of id) sum = Math.imul(sum ^ (letter.codePointAt(0) ?? 0), 0x01_00_01_93) >>> 0;
  return TONES[sum % TONES.length] ?? TONES[0];
}
