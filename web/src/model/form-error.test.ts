import { DISCONNECTED, TIMED_OUT, type ErrorCode, type ParlourError } from "@parlour/sdk/errors";
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { formError, type FieldName, type FormKind } from "./form-error.ts";

const refusal = (code: ErrorCode, retryAfterMs: number | null = null): ParlourError => ({
  code,
  message: "The server's own sentence.",
  retryable: code === "rate_limited" || code === "unavailable",
  retryAfterMs,
});

beforeEach(() => vi.useFakeTimers({ now: 1_000_000 }));
afterEach(() => vi.useRealTimers());

describe("a form's error", () => {
  it.each<[FormKind, ErrorCode, FieldName | null, RegExp]>([
    ["sign_in", "unauthenticated", "password", /name or the password/u],
    ["sign_in", "invalid_payload", null, /own sentence/u],
    ["register", "conflict", "username", /already/u],
    ["register", "forbidden", null, /own sentence/u],
    ["register", "invalid_payload", null, /own sentence/u],
    ["guest", "conflict", "username", /already/u],
    ["guest", "invalid_payload", "username", /own sentence/u],
    ["profile", "invalid_payload", "displayName", /own sentence/u],
    ["profile", "unauthenticated", null, /not signed in/u],
    ["password", "forbidden", "current", /present password/u],
    ["password", "invalid_payload", "next", /own sentence/u],
    ["password", "conflict", null, /own sentence/u],
    ["password", "token_expired", null, /not signed in/u],
    ["sign_in", "internal", null, /own sentence/u],
  ])("of %s with %s stands at %s", (form, code, field, words) => {
    expect(formError(form, refusal(code))).toEqual({
      field,
      words: expect.stringMatching(words) as string,
      retryAt: null,
    });
  });

  it("says when it may be tried again", () => {
    expect(formError("sign_in", refusal("rate_limited", 42_000))).toMatchObject({ field: null, retryAt: 1_042_000 });
    expect(formError("sign_in", refusal("unavailable", 1_500)).retryAt).toBe(1_001_500);
    expect(formError("sign_in", refusal("rate_limited")).retryAt).toBeNull();
  });

  it("tells a server that is away from one that does not answer, and warns of what may have been done", () => {
    expect(formError("sign_in", DISCONNECTED).words).toMatch(/cannot be reached/u);
    expect(formError("sign_in", TIMED_OUT).words).not.toMatch(/kept the name/u);
    expect(formError("register", TIMED_OUT).words).toMatch(/kept the name/u);
  });
});
