import { expect, it } from "vitest";
import { Attention } from "./attention.ts";

it("is there while the page can be seen and has the focus", () => {
  let [visible, focused] = [true, true];
  let changed = (): void => undefined;
  const attention = new Attention({
    isVisible: () => visible,
    hasFocus: () => focused,
    onChange: (listener) => {
      changed = listener;
      return () => undefined;
    },
  });
  const seen: boolean[] = [attention.snapshot()];
  attention.subscribe(() => seen.push(attention.snapshot()));
  for (const [isVisible, hasFocus] of [[true, false], [false, false], [true, true]] as const) {
    [visible, focused] = [isVisible, hasFocus];
    changed();
  }
  expect(seen).toEqual([true, false, true]);
});
