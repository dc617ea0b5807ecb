import { INVISIBLE } from "./text.ts";

export const MAX_USERNAME_LENGTH = 32;
export const MAX_DISPLAY_NAME_LENGTH = 64;
export const MAX_ROOM_NAME_LENGTH = 80;
export const MAX_DESCRIPTION_LENGTH = 500;
export const MIN_PASSWORD_LENGTH = 8;
export const MAX_PASSWORD_LENGTH = 128;

const CONTROL_OR_INVISIBLE = new RegExp(String.raw`[\p{Cc}${INVISIBLE}]`, "u");
/** Chooses how the emoji before it is drawn: the only invisible thing that a name may hold. */
const EMOJI_SELECTOR = /(?<=\p{Emoji})[\ufe0e\ufe0f]/gu;

/** What is wrong with a username, as the server would find; `null` when nothing is. */
export function checkUsername(typed: string): string | null {
  return checkName(typed, MAX_USERNAME_LENGTH);
}

/** The same for a display name, which may be left empty. */
export function checkDisplayName(typed: string): string | null {
  return typed.trim() === "" ? null : checkName(typed, MAX_DISPLAY_NAME_LENGTH);
}

/** The same for the address of a picture, which may be left empty. */
export function checkPicture(typed: string): string | null {
  const address = typed.trim();
  if (address === "") return null;
  return URL.canParse(address) && new URL(address).protocol === "https:" ? null : "That is no address that begins with https://.";
}

/** The same for the name of a room. */
export function checkRoomName(typed: string): string | null {
  return checkName(typed, MAX_ROOM_NAME_LENGTH);
}

/** The same for what a room is about, which may be left empty. */
export function checkDescription(typed: string): string | null {
  const isTooLong = Array.from(typed.trim()).length > MAX_DESCRIPTION_LENGTH;
  return isTooLong ? `That is too long: ${MAX_DESCRIPTION_LENGTH} characters are the most.` : null;
}

/** The same for a password that is to be taken from now on. */
export function checkNewPassword(typed: string): string | null {
  const length = Array.from(typed).length;
  if (length === 0) return "Choose a password.";
  if (length < MIN_PASSWORD_LENGTH) return `That is too short: ${MIN_PASSWORD_LENGTH} characters are the least.`;
  if (length > MAX_PASSWORD_LENGTH) return `That is too long: ${MAX_PASSWORD_LENGTH} characters are the most.`;
  return null;
}

/** A password that exists already is only the server's to judge, if there is one. */
export function checkPassword(typed: string): string | null {
  return typed === "" ? "Enter your password." : null;
}

function checkName(typed: string, maxLength: number): string | null {
  const name = typed.trim();
  if (name === "") return "Enter a name.";
  if (Array.from(name).length > maxLength) return `That is too long: ${maxLength} characters are the most.`;
  if (CONTROL_OR_INVISIBLE.test(name.replace(EMOJI_SELECTOR, ""))) {
    return "That holds a character that cannot be seen: type the name anew.";
  }
  return null;
}
