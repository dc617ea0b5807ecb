import { MALFORMED, type ParlourError } from "@parlour/sdk/errors";

/** What to say to a person about a failure: the server's own sentence, but for waits in seconds. */
export function errorWords({ code, message, retryAfterMs }: ParlourError): string {
  if (message === MALFORMED.message) return "The server’s answer could not be understood. Reload the page.";
  if (code !== "rate_limited") return message;
  const seconds = Math.ceil((retryAfterMs ?? 0) / 1_000);
  return `That was too fast: wait ${seconds > 1 ? `${seconds} s` : "a moment"}, then try again.`;
}

/**
 * The same where one is signed in, and nobody only to a connection that waits for the end of a chat
 * with a stranger, which was begun without a name.
 */
export function accountErrorWords(error: ParlourError): string {
  if (error.code !== "unauthenticated") return errorWords(error);
  return "In this tab you still talk to a stranger, without a name: leave that chat first.";
}

/** Why there is no connection while it is tried again: the server's own sentence, if it has given one. */
export function unreachableWords(error: ParlourError | null): string {
  return error?.message ?? "No connection to the server.";
}
