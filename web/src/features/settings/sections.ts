import type { IconName } from "../../components/ui/Icon.tsx";

/** The parts of the settings, in their order. `who`: whom they are for. */
export const SECTIONS = [
  { id: "profile", title: "Profile", words: "Your name and picture", icon: "person", who: "signed_in" },
  { id: "password", title: "Password", words: "A new one for the old one", icon: "lock", who: "account" },
  { id: "notifications", title: "Notifications and sound", words: "How you hear of what is new", icon: "bell", who: "anybody" },
  { id: "appearance", title: "Appearance", words: "Light, dark, high contrast", icon: "sun", who: "anybody" },
  { id: "keyboard", title: "Keyboard", words: "Every shortcut there is", icon: "keyboard", who: "anybody" },
  { id: "blocked", title: "Blocked people", words: "And the way to take it back", icon: "block", who: "signed_in" },
  { id: "sessions", title: "Signing out", words: "Here, or everywhere", icon: "devices", who: "signed_in" },
] as const satisfies readonly Section[];

interface Section {
  readonly id: string;
  readonly title: string;
  readonly words: string;
  readonly icon: IconName;
  /** `account`: not for guests. */
  readonly who: "anybody" | "signed_in" | "account";
}

export type SectionId = (typeof SECTIONS)[number]["id"];

/** The parts that are there for somebody. */
export function sectionsFor(user: { readonly isGuest: boolean } | null): readonly (typeof SECTIONS)[number][] {
  return SECTIONS.filter(({ who }) => who === "anybody" || (user !== null && (who === "signed_in" || !user.isGuest)));
}
