/** The stable codes that the server answers with. */
const SERVER_CODES = [
  "unauthenticated",
  "token_expired",
  "forbidden",
  "not_found",
  "not_in_room",
  "invalid_payload",
  "too_large",
  "conflict",
  "rate_limited",
  "unavailable",
  "internal",
] as const;

export type ServerErrorCode = (typeof SERVER_CODES)[number];

/** Codes that the client adds: no answer in time, or no connection to ask over. */
export type ErrorCode = ServerErrorCode | "timeout" | "disconnected";

/** Why a request failed, as a value: nothing in this package throws. */
export interface ParlourError {
  readonly code: ErrorCode;
  /** A sentence for a person that says what to do. */
  readonly message: string;
  /** Whether the same request may succeed later. */
  readonly retryable: boolean;
  /** How long to wait before that, in milliseconds; `null` when the server did not say. */
  readonly retryAfterMs: number | null;
}

/** The outcome of a request. */
export type Result<T> =
  | { readonly ok: true; readonly value: T }
  | { readonly ok: false; readonly error: ParlourError };

/** The error for a request that got no answer in time. */
export const TIMED_OUT: ParlourError = {
  code: "timeout",
  message: "The server did not answer. Try again.",
  retryable: true,
  retryAfterMs: null,
};

/** The error for a request without a connection, or one whose connection broke first. */
export const DISCONNECTED: ParlourError = {
  code: "disconnected",
  message: "There is no connection to the server. Try again when it is back.",
  retryable: true,
  retryAfterMs: null,
};

/** The error for an answer that is not what was agreed. */
export const MALFORMED: ParlourError = {
  code: "internal",
  message: "The server's answer could not be understood: this program and the server are of different versions.",
  retryable: false,
  retryAfterMs: null,
};

/** Reads an error object off the wire; anything that is not one becomes `internal`. */
export function parseError(wire: unknown): ParlourError {
  if (!isRecord(wire) || typeof wire.code !== "string" || typeof wire.message !== "string") {
    return MALFORMED;
  }
  return {
    code: SERVER_CODES.find((code) => code === wire.code) ?? "internal",
    message: wire.message,
    retryable: wire.retryable === true,
    retryAfterMs: typeof wire.retryAfterMs === "number" ? wire.retryAfterMs : null,
  };
}

/** Whether `wire` has the shape of an error object, as a refused connection's `data` does. */
export function isErrorObject(wire: unknown): boolean {
  return isRecord(wire) && typeof wire.code === "string";
}

/** Reads an acknowledgement: `{success: true, …}` or `{success: false, error}`. */
export function parseAck<T extends object>(wire: unknown): Result<T> {
  if (!isRecord(wire)) return { ok: false, error: MALFORMED };
  if (wire.success !== true) return { ok: false, error: parseError(wire.error) };
  return { ok: true, value: wire as T };
}

/** Whether `value` is an object, of whatever fields. */
export function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null;
}
