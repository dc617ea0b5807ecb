import { ask, type Answer, type ParlourSocket } from "./ask.ts";
import { isRecord } from "./errors.ts";

/** Gives the present token, from wherever the program keeps it; `null`: nobody is signed in. */
export type GetToken = () => string | null | Promise<string | null>;

/** Longer than that nobody is waited for who is asked for a token. */
export const TOKEN_TIMEOUT_MS = 15_000;

/** The present token, or `null`; an empty one is none. Rejects when `getToken` does. */
export async function askForToken(getToken: GetToken): Promise<string | null> {
  const token = await getToken();
  return token === "" ? null : token;
}

/** The token of a live socket. */
export class TokenClient {
  readonly #socket: ParlourSocket;

  constructor(socket: ParlourSocket) {
    this.#socket = socket;
  }

  /**
   * Lets the present connection live as long as `token`, which has to be the same user's. It is
   * told to the server and not kept.
   */
  refresh(token: string, answer: Answer<{ readonly expiresAt: string }>): void {
    ask(this.#socket, answer, (timed, ack) => timed.emit("refresh_token", { token }, ack));
  }
}

/**
 * For how long a token was made, in milliseconds: from `iat` to `exp` (RFC 7519 §4.1), so that no
 * clock is asked. `null` when it does not say. Nothing is verified: that is the server's business.
 */
export function tokenLifetimeMs(token: string): number | null {
  const claims = readClaims(token.split(".")[1] ?? "");
  if (!isRecord(claims) || typeof claims.exp !== "number" || typeof claims.iat !== "number") return null;
  const lifetimeMs = (claims.exp - claims.iat) * 1_000;
  return Number.isFinite(lifetimeMs) && lifetimeMs > 0 ? lifetimeMs : null;
}

function readClaims(part: string): unknown {
  try {
    // The names and numbers that are looked for are ASCII: bytes will do for letters.
    return JSON.parse(atob(part.replaceAll("-", "+").replaceAll("_", "/")));
  } catch {
    return null;
  }
}
