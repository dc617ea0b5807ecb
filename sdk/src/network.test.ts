import { describe, expect, it } from "vitest";
import { platformNetwork } from "./network.ts";

describe("the machine's network", () => {
  it("is always there where nothing is known of it", () => {
    const network = platformNetwork({});
    expect(network.isOnline()).toBe(true);
    expect(() => network.onChange(() => undefined)()).not.toThrow();
  });

  it("is what a browser says, until one unsubscribes", () => {
    const navigator = { onLine: true };
    const window = new EventTarget();
    let told = 0;
    const network = platformNetwork({
      navigator,
      addEventListener: (event, listener) => window.addEventListener(event, listener),
      removeEventListener: (event, listener) => window.removeEventListener(event, listener),
    });
    const unsubscribe = network.onChange(() => (told += 1));
    navigator.onLine = false;
    window.dispatchEvent(new Event("offline"));
    expect([network.isOnline(), told]).toEqual([false, 1]);
    unsubscribe();
    window.dispatchEvent(new Event("online"));
    expect(told).toBe(1);
  });
});
