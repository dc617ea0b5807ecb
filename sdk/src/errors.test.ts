import { describe, expect, it } from "vitest";
import { parseAck, parseError } from "./errors.ts";

describe("parseAck", () => {
  it("gives the value of a success", () => {
    const wire = { success: true, roomId: "r" };
    expect(parseAck(wire)).toEqual({ ok: true, value: wire });
  });

  it("gives the error of a failure", () => {
    const error = { code: "rate_limited", message: "Slow down.", retryable: true, retryAfterMs: 700 };
    expect(parseAck({ success: false, error })).toEqual({ ok: false, error });
  });

  it.each([undefined, null, "ok", 7, {}, { success: "true" }, { success: false }])(
    "takes %j for a failure",
    (wire) => {
      expect(parseAck(wire)).toMatchObject({ ok: false, error: { code: "internal" } });
    },
  );
});

describe("parseError", () => {
  it("fills in what is missing, cautiously", () => {
    expect(parseError({ code: "conflict", message: "Taken." })).toEqual({
      code: "conflict",
      message: "Taken.",
      retryable: false,
      retryAfterMs: null,
    });
  });

  it("keeps the words of a code that it does not know", () => {
    const wire = { code: "brand_new", message: "Do this.", retryable: true };
    expect(parseError(wire)).toMatchObject({ code: "internal", message: "Do this.", retryable: true });
  });
});
