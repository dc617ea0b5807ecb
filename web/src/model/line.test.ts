import { describe, expect, it } from "vitest";
import { addOwn, MAX_LINES, NO_LINES, receive, type Line } from "./line.ts";

const line = (key: string): Line => ({
  key,
  mine: false,
  author: "Mara",
  text: key,
  at: 0,
  status: { kind: "sent" },
});

describe("lines", () => {
  it("keep the newest, and count what they let go", () => {
    let lines = NO_LINES;
    for (let index = 0; index < MAX_LINES + 3; index += 1) lines = receive(lines, line(`${index}`));
    expect(lines.rows).toHaveLength(MAX_LINES);
    expect(lines.dropped).toBe(3);
    expect(lines.rows[0]?.key).toBe("3");
  });

  it("show a line once, however often it comes", () => {
    const once = receive(NO_LINES, line("a"));
    expect(receive(once, line("a")).rows).toEqual([line("a")]);
  });

  it("do not move a failed line when others come", () => {
    const failed: Line = {
      ...line("mine"),
      mine: true,
      status: { kind: "failed", error: { code: "timeout", message: "", retryable: true, retryAfterMs: null } },
    };
    const lines = receive(addOwn(NO_LINES, failed), line("after"));
    expect(lines.rows.map((row) => row.key)).toEqual(["mine", "after"]);
  });
});
