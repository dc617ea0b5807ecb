import type { Answer } from "./ask.ts";
import { isRecord, MALFORMED, type Result } from "./errors.ts";

/** Reads an answer off the wire; `null` for what is none. */
export type Reader<T> = (wire: Record<string, unknown>) => T | null;

/** A page of messages, the oldest first. */
export interface History<M> {
  readonly messages: readonly M[];
  /** Whether there are more in the direction that was asked for. */
  readonly hasMore: boolean;
}

/** Which page of a conversation's messages: before or after a place, else the newest. */
export type Place = { readonly before: number } | { readonly after: number } | Record<string, never>;

/** How far one has read, as the server answers. */
export interface Mark {
  readonly lastReadSeq: number;
}

/** A screen of messages and some: 50 of 4,000 letters are 800 KB at the worst. */
const PAGE_MESSAGES = 50;

/** Passes an answer on as it was read. */
export function reading<T>(answer: Answer<T>, readAs: Reader<T>): Answer<Record<string, unknown>> {
  return (result) => answer(result.ok ? orMalformed(readAs(result.value)) : result);
}

/** The value, or that the answer was not what was agreed. */
export function orMalformed<T>(value: T | null): Result<T> {
  return value === null ? { ok: false, error: MALFORMED } : { ok: true, value };
}

/** The query of a page of messages. */
export function pageQuery(place: Place): string {
  const [direction, seq] = Object.entries(place)[0] ?? [];
  return `?limit=${PAGE_MESSAGES}${direction === undefined ? "" : `&${direction}=${seq}`}`;
}

/** The query of a page of a list, from `cursor` on; `query` is what is looked for. */
export function listQuery(limit: number, cursor: string | null, query = ""): string {
  const wanted = new URLSearchParams({ limit: `${limit}` });
  if (query !== "") wanted.set("query", query);
  if (cursor !== null) wanted.set("cursor", cursor);
  return `?${wanted.toString()}`;
}

/** Reads each entry of a list, and leaves out what is none; `null` unless it is a list. */
export function parseList<T>(wire: unknown, parse: (entry: unknown) => T | null): T[] | null {
  return Array.isArray(wire) ? wire.map(parse).filter((entry) => entry !== null) : null;
}

/** Reads a page of messages. */
export function parseHistory<M>(
  wire: Record<string, unknown>,
  parse: (message: unknown) => M | null,
): History<M> | null {
  const messages = parseList(wire.messages, parse);
  return messages === null ? null : { messages, hasMore: wire.hasMore === true };
}

/** Reads a mark. */
export function parseMark(wire: unknown): Mark | null {
  return isRecord(wire) && typeof wire.lastReadSeq === "number" ? { lastReadSeq: wire.lastReadSeq } : null;
}

/** Where a list goes on; `null` at its end. */
export function cursor(wire: unknown): string | null {
  return typeof wire === "string" ? wire : null;
}

/** A text, or an empty one. */
export function text(wire: unknown): string {
  return typeof wire === "string" ? wire : "";
}

/** A number, or nought. */
export function count(wire: unknown): number {
  return typeof wire === "number" ? wire : 0;
}
