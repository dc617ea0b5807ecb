import {
  DISCONNECTED,
  isErrorObject,
  isRecord,
  MALFORMED,
  parseError,
  TIMED_OUT,
  type ParlourError,
  type Result,
} from "./errors.ts";
import { orMalformed, type Reader } from "./reading.ts";
import { askForToken, type GetToken } from "./tokens.ts";

/** Longer than the server gives itself, so that its own answer comes first. */
const ANSWER_TIMEOUT_MS = 15_000;

export interface HttpOptions {
  /** The server's origin; the page's own without it. */
  readonly url?: string;
  /** Whose bearer token goes along; without it the page's cookie speaks. */
  readonly getToken?: GetToken;
  /** Stands in for the platform's `fetch`. */
  readonly fetch?: typeof fetch;
}

export type Method = "GET" | "POST" | "PATCH" | "PUT" | "DELETE";

/** The HTTP side of a Parlour server: JSON in, JSON or a coded error out. It never rejects. */
export class HttpClient {
  readonly #origin: string;
  readonly #getToken: GetToken | undefined;
  readonly #fetch: typeof fetch;

  constructor(options: HttpOptions = {}) {
    this.#origin = options.url === undefined ? "" : options.url.replace(/\/+$/u, "");
    this.#getToken = options.getToken;
    // Called as a method of another object, the browser's own refuses.
    this.#fetch = options.fetch ?? ((input, init) => fetch(input, init));
  }

  /** Asks for `path` (`/api/…`); `body` is sent as JSON. With `signal` it can be given up. */
  async send(method: Method, path: string, body?: object, signal?: AbortSignal): Promise<Result<Record<string, unknown>>> {
    if (signal?.aborted === true) return { ok: false, error: DISCONNECTED };
    const abort = new AbortController();
    const giveUp = (): void => abort.abort();
    signal?.addEventListener("abort", giveUp);
    const timer = setTimeout(() => abort.abort(TIMED_OUT), ANSWER_TIMEOUT_MS);
    try {
      const request = { method, headers: await unlessAborted(this.#headers(body), abort.signal), signal: abort.signal };
      const withBody = body === undefined ? request : { ...request, body: JSON.stringify(body) };
      const response = await this.#fetch(this.#origin + path, withBody);
      return read(response, await response.text());
    } catch {
      return { ok: false, error: abort.signal.reason === TIMED_OUT ? TIMED_OUT : DISCONNECTED };
    } finally {
      clearTimeout(timer);
      signal?.removeEventListener("abort", giveUp);
    }
  }

  /** The same, and reads the answer. */
  async request<T>(method: Method, path: string, readAs: Reader<T>, body?: object): Promise<Result<T>> {
    return readWith(readAs, await this.send(method, path, body));
  }

  /** Gets `path`, and reads the answer; with `signal` it can be given up. */
  async get<T>(path: string, readAs: Reader<T>, signal?: AbortSignal): Promise<Result<T>> {
    return readWith(readAs, await this.send("GET", path, undefined, signal));
  }

  async #headers(body: object | undefined): Promise<Record<string, string>> {
    const token = this.#getToken === undefined ? null : await askForToken(this.#getToken);
    return {
      ...(body === undefined ? {} : { "Content-Type": "application/json" }),
      ...(token === null ? {} : { Authorization: `Bearer ${token}` }),
    };
  }
}

/** Rejects at once when it is aborted, however long `promise` takes. */
function unlessAborted<T>(promise: Promise<T>, signal: AbortSignal): Promise<T> {
  const aborted = new Promise<never>((_, reject) => {
    signal.addEventListener("abort", () => reject(new Error("aborted")), { once: true });
  });
  return Promise.race([promise, aborted]);
}

function readWith<T>(readAs: Reader<T>, result: Result<Record<string, unknown>>): Result<T> {
  return result.ok ? orMalformed(readAs(result.value)) : result;
}

function read(response: Response, text: string): Result<Record<string, unknown>> {
  const wire = parseJson(text);
  if (!response.ok) return { ok: false, error: refusal(response, wire) };
  return isRecord(wire) ? { ok: true, value: wire } : { ok: false, error: MALFORMED };
}

function parseJson(text: string): unknown {
  try {
    return text === "" ? {} : JSON.parse(text);
  } catch {
    return undefined;
  }
}

/** The server's own error, or what the status says when a proxy answered in its place. */
function refusal(response: Response, wire: unknown): ParlourError {
  const retryAfterMs = retryAfter(response);
  if (isRecord(wire) && isErrorObject(wire.error)) {
    const error = parseError(wire.error);
    return { ...error, retryAfterMs: error.retryAfterMs ?? retryAfterMs };
  }
  if (response.status === 429) {
    return { code: "rate_limited", message: "Too many requests: wait a moment.", retryable: true, retryAfterMs };
  }
  if (response.status >= 502 && response.status <= 504) return { ...DISCONNECTED, retryAfterMs };
  return MALFORMED;
}

/** `Retry-After` in seconds (RFC 9110 §10.2.3), as milliseconds; `null` without it. */
function retryAfter(response: Response): number | null {
  const seconds = Number(response.headers.get("Retry-After") ?? Number.NaN);
  return Number.isFinite(seconds) && seconds >= 0 ? seconds * 1_000 : null;
}
