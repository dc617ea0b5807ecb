/** What the page calls oneself: for others it is set between quotation marks. */
const SELF = "you";

/** What somebody else is called, so that nobody can be taken for oneself. */
export function othersName(name: string): string {
  return name.normalize("NFKC").trim().toLowerCase() === SELF ? `“${name}”` : name;
}
