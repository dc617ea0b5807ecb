/**
 * Every question that can stand before the page. Each dialog is one of them, and the specs go through
 * all: one that is not visited there fails them.
 */
export const DIALOGS = [
  "shortcuts",
  "sign-out",
  "sign-out-everywhere",
  "block-stranger",
  "block-person",
  "block-member",
  "blocked-people",
  "new-room",
  "new-channel",
  "leave-group",
  "invite",
  "remove-member",
] as const;

export type DialogName = (typeof DIALOGS)[number];
