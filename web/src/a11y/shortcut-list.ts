/** Where a shortcut can be used, as it is called in the list of them. */
export const SHORTCUT_PLACES = ["Everywhere", "Rooms, direct messages and channels", "While writing", "With a stranger"] as const;
export type ShortcutPlace = (typeof SHORTCUT_PLACES)[number];

export interface Shortcut {
  readonly id: string;
  readonly place: ShortcutPlace;
  /** What it does. */
  readonly words: string;
  /** What is drawn: keys that are pressed together, as they are named on them. */
  readonly keys: readonly string[];
  /** What the page listens for; absent where something else does already (the field, the list). */
  readonly press?: { readonly key: string; readonly mod?: "alt" | "ctrl" };
}

const LIST = [
  { id: "help", place: "Everywhere", words: "Show this list", keys: ["?"], press: { key: "?" } },
  { id: "strangers", place: "Everywhere", words: "Go to strangers", keys: ["1"], press: { key: "1" } },
  { id: "rooms", place: "Everywhere", words: "Go to rooms", keys: ["2"], press: { key: "2" } },
  { id: "direct", place: "Everywhere", words: "Go to direct messages", keys: ["3"], press: { key: "3" } },
  { id: "channels", place: "Everywhere", words: "Go to channels", keys: ["4"], press: { key: "4" } },
  { id: "settings", place: "Everywhere", words: "Go to the settings", keys: [","], press: { key: "," } },
  { id: "search", place: "Rooms, direct messages and channels", words: "Search", keys: ["/"], press: { key: "/" } },
  {
    id: "find",
    place: "Rooms, direct messages and channels",
    words: "Search, also while writing",
    keys: ["Ctrl", "K"],
    press: { key: "k", mod: "ctrl" },
  },
  { id: "next", place: "Rooms, direct messages and channels", words: "Next conversation", keys: ["J"], press: { key: "j" } },
  {
    id: "nextWriting",
    place: "Rooms, direct messages and channels",
    words: "Next conversation, also while writing",
    keys: ["Alt", "↓"],
    press: { key: "ArrowDown", mod: "alt" },
  },
  { id: "previous", place: "Rooms, direct messages and channels", words: "Previous conversation", keys: ["K"], press: { key: "k" } },
  {
    id: "previousWriting",
    place: "Rooms, direct messages and channels",
    words: "Previous conversation, also while writing",
    keys: ["Alt", "↑"],
    press: { key: "ArrowUp", mod: "alt" },
  },
  { id: "write", place: "Rooms, direct messages and channels", words: "Go to the message field", keys: ["C"], press: { key: "c" } },
  { id: "leaveField", place: "While writing", words: "Leave the field, for the messages", keys: ["Esc"] },
  { id: "send", place: "While writing", words: "Send the message", keys: ["Enter"] },
  { id: "newLine", place: "While writing", words: "Begin a new line", keys: ["Shift", "Enter"] },
  { id: "nextStranger", place: "With a stranger", words: "New chat: press it twice", keys: ["Esc"] },
] as const satisfies readonly Shortcut[];

export type ShortcutId = (typeof LIST)[number]["id"];

/** Every shortcut there is: the list that is shown, and what keys do. */
export const SHORTCUTS: readonly (Shortcut & { readonly id: ShortcutId })[] = LIST;
