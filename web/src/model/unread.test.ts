import { describe, expect, it } from "vitest";
import { Unread } from "./unread.ts";

describe("unread", () => {
  it("counts only what comes while the page is hidden, and forgets it when it is seen", () => {
    let hidden = false;
    let changed = (): void => undefined;
    const unread = new Unread({
      isHidden: () => hidden,
      onChange: (listener) => {
        changed = listener;
        return () => undefined;
      },
    });
    unread.count();
    expect(unread.snapshot()).toBe(0);
    hidden = true;
    changed();
    unread.count();
    unread.count();
    expect(unread.snapshot()).toBe(2);
    hidden = false;
    changed();
    expect(unread.snapshot()).toBe(0);
  });
});
