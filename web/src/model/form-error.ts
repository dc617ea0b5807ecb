import type { ParlourError } from "@parlour/sdk/errors";

/** What a form asks for: decides which of its fields a refusal is about. */
export type FormKind = "sign_in" | "register" | "guest" | "profile" | "password" | "room";

export type FieldName = "username" | "password" | "displayName" | "avatarUrl" | "current" | "next" | "roomName" | "description";

/** Why a form was not taken. */
export interface FormError {
  /** The field that has to be changed; `null`: none of them. */
  readonly field: FieldName | null;
  readonly words: string;
  /** When it may be tried again, in milliseconds since 1970; `null`: at any time. */
  readonly retryAt: number | null;
}

/** Says to a person why the server refused, beside the field where it can be mended. */
export function formError(form: FormKind, error: ParlourError): FormError {
  const { retryable, retryAfterMs } = error;
  const retryAt = retryable && retryAfterMs !== null ? Date.now() + retryAfterMs : null;
  return { field: fieldOf(form, error), words: wordsOf(form, error), retryAt };
}

function fieldOf(form: FormKind, { code, message }: ParlourError): FieldName | null {
  if (form === "sign_in") return code === "unauthenticated" ? "password" : null;
  if (form === "password") return code === "forbidden" ? "current" : code === "invalid_payload" ? "next" : null;
  if (form === "room") return code === "invalid_payload" ? "roomName" : null;
  if (form === "profile") return code !== "invalid_payload" ? null : message.includes("avatarUrl") ? "avatarUrl" : "displayName";
  if (code === "conflict") return "username";
  return form === "guest" && code === "invalid_payload" ? "username" : null;
}

function wordsOf(form: FormKind, error: ParlourError): string {
  switch (error.code) {
    case "unauthenticated":
      return form === "sign_in" ? "The name or the password is not right." : "You are not signed in any more.";
    case "token_expired":
      return "You are not signed in any more.";
    case "conflict":
      // Of a password: it was changed elsewhere meanwhile.
      return form === "password" ? error.message : "Somebody has this name already: choose another one.";
    case "forbidden":
      return form === "password" ? "That is not your present password." : error.message;
    case "rate_limited":
      return "Too many tries.";
    case "unavailable":
      return "The server has too much to do just now.";
    case "disconnected":
      return "The server cannot be reached. What you wrote is kept: try again in a moment.";
    case "timeout":
      return form === "register" || form === "guest"
        ? "The server did not answer in time, and may have kept the name for you: try again."
        : "The server did not answer in time: try again.";
    case "not_found":
    case "not_in_room":
    case "invalid_payload":
    case "too_large":
    case "internal":
      return error.message;
  }
}
