const DAY_MS = 24 * 60 * 60_000;
const CLOCK = new Intl.DateTimeFormat(undefined, { timeStyle: "short" });
const FULL = new Intl.DateTimeFormat(undefined, { dateStyle: "medium", timeStyle: "medium" });
const WEEKDAY = new Intl.DateTimeFormat(undefined, { weekday: "short" });
const DATE = new Intl.DateTimeFormat(undefined, { day: "numeric", month: "short" });
const LONG_DATE = new Intl.DateTimeFormat(undefined, { weekday: "long", day: "numeric", month: "long" });
const FULL_DATE = new Intl.DateTimeFormat(undefined, { day: "numeric", month: "long", year: "numeric" });

/** The time of the day, as it is written here. */
export function clockTime(at: number | Date): string {
  return CLOCK.format(at);
}

/** All of a moment, to the second. */
export function fullMoment(at: number | Date): string {
  return FULL.format(at);
}

/** A moment beside a room's name: the time of the day `today`, the weekday this week, else the date. */
export function shortMoment(at: number, today: number): string {
  const days = daysBetween(at, today);
  if (days === 0) return CLOCK.format(at);
  return days > 0 && days < 7 ? WEEKDAY.format(at) : DATE.format(at);
}

/** The day of a moment, above what was said on it, seen from the day `today`. */
export function dayName(at: number, today: number): string {
  const days = daysBetween(at, today);
  if (days === 0) return "Today";
  if (days === 1) return "Yesterday";
  return days > 0 && days < 180 ? LONG_DATE.format(at) : FULL_DATE.format(at);
}

/** Calendar days from one moment to another, here. */
function daysBetween(from: number, to: number): number {
  return Math.round((midnight(to) - midnight(from)) / DAY_MS);
}

function midnight(at: number): number {
  return new Date(at).setHours(0, 0, 0, 0);
}
