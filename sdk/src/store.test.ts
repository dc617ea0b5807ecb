import { afterEach, expect, it, vi } from "vitest";
import { hear } from "./hear.ts";
import { FakeSocket } from "./fake-socket.ts";
import type { ParlourSocket } from "./ask.ts";
import { Value } from "./store.ts";

afterEach(() => vi.unstubAllGlobals());

it("does not call a listener that another one has ended meanwhile", () => {
  const value = new Value(0);
  const called = vi.fn();
  value.subscribe(() => end());
  const end = value.subscribe(called);
  value.put(1);
  expect(called).not.toHaveBeenCalled();
});

it("reports what a listener throws, and tells the others and whoever set it nothing of it", () => {
  const reported = vi.fn();
  vi.stubGlobal("reportError", reported);
  const value = new Value(0);
  const mistake = new Error("mine");
  value.subscribe(() => {
    throw mistake;
  });
  const called = vi.fn();
  value.subscribe(called);
  value.put(1);
  expect(called).toHaveBeenCalledOnce();
  expect(reported).toHaveBeenCalledExactlyOnceWith(mistake);
});

it("is an uncaught error where there is no `reportError`, after everything else", () => {
  vi.stubGlobal("reportError", undefined);
  const later: (() => void)[] = [];
  vi.stubGlobal("queueMicrotask", (task: () => void) => later.push(task));
  const value = new Value(0);
  value.subscribe(() => {
    throw new Error("mine");
  });
  value.put(1);
  expect(later).toHaveLength(1);
  expect(later[0]).toThrow("mine");
});

it("is so for the events of a socket, too", () => {
  const reported = vi.fn();
  vi.stubGlobal("reportError", reported);
  const socket = new FakeSocket();
  const event = { name: "said", read: (wire: unknown) => wire };
  const called = vi.fn();
  hear(socket as unknown as ParlourSocket, event, () => {
    throw new Error("mine");
  });
  hear(socket as unknown as ParlourSocket, event, called);
  socket.hear("said", 1);
  expect(called).toHaveBeenCalledExactlyOnceWith(1);
  expect(reported).toHaveBeenCalledOnce();
});
