import type { User } from "@parlour/sdk/user";

/** Why nobody is signed in. */
export type SignedOutWhy =
  /** Nobody was, or it has been told. */
  | "quiet"
  /** One has just signed out here: nothing to tell. */
  | "left"
  /** It had been too long. */
  | "expired"
  /** Another tab has ended it. */
  | "elsewhere"
  /** The server knows of none: another device or a new password has ended it, or the browser has lost its cookie. */
  | "ended";

/** Who one is, as far as it is known. */
export type SessionState =
  /** This browser was signed in; the server has not said yet whether it still is. */
  | { readonly kind: "checking" }
  | { readonly kind: "signed_out"; readonly why: SignedOutWhy }
  | { readonly kind: "signed_in"; readonly user: User };

/** What the browser remembers in script's reach: nothing secret, that is the cookie's. */
export interface SessionHint {
  readonly userId: string;
  /** When the cookie's token ends, in milliseconds since 1970 by this machine's clock. */
  readonly expiresAt: number;
  /** How long that token was made for, in milliseconds. */
  readonly lifetimeMs: number;
}
