import type { ParlourError } from "@parlour/sdk/errors";

/** What to say to a person about a failure: the server's own sentence, but for waits in seconds. */
export function errorWords({ code, message, retryAfterMs }: ParlourError): string {
  if (code !== "rate_limited") return message;
  const seconds = Math.ceil((retryAfterMs ?? 0) / 1_000);
  return `That was too fast: wait ${seconds > 1 ? `${seconds} s` : "a moment"}, then try again.`;
}
