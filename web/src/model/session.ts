import type { AuthApi, Credentials, ProfileChange, Registration, SignedIn } from "@parlour/sdk/auth";
import type { ParlourError, Result } from "@parlour/sdk/errors";
import { Store, type Unsubscribe } from "@parlour/sdk/store";
import { tokenLifetimeMs } from "@parlour/sdk/tokens";
import type { User } from "@parlour/sdk/user";
import type { SessionHints } from "./session-hint.ts";
import type { SessionState, SignedOutWhy } from "./session-state.ts";

/** The lifetime of a token that does not say its own: short, so that it is soon replaced. */
const UNKNOWN_LIFETIME_MS = 60 * 60_000;
/** The first wait before a question is put again that found no answer. */
const ASK_AGAIN_MS = 5_000;
/** How long the tab that ended the token has to say so before the server is asked. */
const NEWS_WITHIN_MS = 1_000;
/** The longest delay that timers know. */
const LONGEST_DELAY_MS = 2 ** 31 - 1;

/** The page's socket, as far as it matters who one is. */
export interface SessionSocket {
  /** Connects anew as whom the cookie says, as soon as that ends nothing. */
  readonly renew: () => void;
  /** Lets the present connection live as long as this token, if it is the same user's. */
  readonly extend: (token: string) => void;
  /** The server has closed the connection because its token has ended. */
  readonly onTokenEnd: (listener: () => void) => Unsubscribe;
}

export interface SessionPorts {
  readonly auth: AuthApi;
  readonly hints: SessionHints;
  readonly socket: SessionSocket;
}

/**
 * Who one is on this page. The token is in a cookie that script cannot read; what the server
 * answers is handed on at once and never kept.
 */
export class Session extends Store<SessionState> {
  readonly #auth: AuthApi;
  readonly #hints: SessionHints;
  readonly #socket: SessionSocket;
  /** Grows with each change of who one is: an answer about an earlier one does not count. */
  #turn = 0;
  #timer: ReturnType<typeof setTimeout> | undefined;
  #failures = 0;

  constructor({ auth, hints, socket }: SessionPorts) {
    const hint = hints.snapshot();
    super(hint === null ? { kind: "signed_out", why: "quiet" } : { kind: "checking" });
    this.#auth = auth;
    this.#hints = hints;
    this.#socket = socket;
    hints.subscribe(() => this.#hintChanged());
    socket.onTokenEnd(() => this.#tokenEnded());
  }

  /** Finds out who one is; asks nobody where it is known that nobody is signed in. */
  open(): void {
    if (this.snapshot().kind === "checking") this.#check();
  }

  register(registration: Registration): Promise<Result<User>> {
    return this.#enter(this.#auth.register(registration));
  }

  signIn(credentials: Credentials): Promise<Result<User>> {
    return this.#enter(this.#auth.login(credentials));
  }

  continueAsGuest(username: string): Promise<Result<User>> {
    return this.#enter(this.#auth.guest(username));
  }

  /** Signs out, here and in the browser's other tabs. On failure one is still signed in. */
  async signOut(): Promise<Result<object>> {
    const result = await this.#auth.logout();
    // A token that is void already is what was wanted.
    if (!result.ok && !isNobody(result.error)) return result;
    this.#leave("left");
    return { ok: true, value: {} };
  }

  /** Signs out every browser and device that this account is signed in with, this one too. */
  async signOutEverywhere(): Promise<Result<object>> {
    const result = await this.#auth.logoutEverywhere();
    if (!result.ok) return this.#refused(result.error);
    this.#leave("left");
    return { ok: true, value: {} };
  }

  async updateProfile(change: ProfileChange): Promise<Result<User>> {
    const turn = this.#turn;
    const result = await this.#auth.updateProfile(change);
    if (!result.ok) return this.#refused(result.error);
    if (turn === this.#turn) this.set({ kind: "signed_in", user: result.value.user });
    return { ok: true, value: result.value.user };
  }

  /** Signs out everywhere else, too. */
  async changePassword(current: string, next: string): Promise<Result<object>> {
    const result = await this.#auth.changePassword(current, next);
    if (!result.ok) return this.#refused(result.error);
    if (this.snapshot().kind === "signed_in") this.#renewed(result.value.token);
    // Another tab took the end of the old token for the end of everything.
    else this.#checkAgain();
    return { ok: true, value: {} };
  }

  /** What was to be told about being signed out has been read. */
  dismissNotice(): void {
    if (this.snapshot().kind === "signed_out") this.set({ kind: "signed_out", why: "quiet" });
  }

  async #enter(answer: Promise<Result<SignedIn>>): Promise<Result<User>> {
    const result = await answer;
    if (!result.ok) return result;
    const { token, user } = result.value;
    this.#turn += 1;
    this.set({ kind: "signed_in", user });
    this.#keep(user.id, token);
    this.#socket.renew();
    return { ok: true, value: user };
  }

  #leave(why: SignedOutWhy): void {
    this.#turn += 1;
    clearTimeout(this.#timer);
    if (this.snapshot().kind === "signed_out") return;
    this.set({ kind: "signed_out", why });
    this.#hints.write(null);
    this.#socket.renew();
  }

  /** A refusal to somebody who took themselves for signed in. */
  #refused(error: ParlourError): Result<never> {
    if (isNobody(error)) this.#leave(whyOf(error));
    return { ok: false, error };
  }

  /** Asks the server who one is, until it answers. */
  #check(): void {
    const hint = this.#hints.snapshot();
    if (hint !== null && hint !== undefined && hint.expiresAt <= Date.now()) return this.#leave("expired");
    const turn = (this.#turn += 1);
    void this.#auth.me().then((result) => {
      if (turn !== this.#turn) return;
      if (result.ok) return this.#known(result.value.user);
      if (isNobody(result.error)) return this.#leave(hint === undefined ? "quiet" : whyOf(result.error));
      this.#again(result.error, () => this.#check());
    });
  }

  #known(user: User): void {
    this.#failures = 0;
    this.set({ kind: "signed_in", user });
    const hint = this.#hints.snapshot();
    if (hint === null || hint === undefined) return this.#refresh();
    if (hint.userId !== user.id) this.#hints.write({ ...hint, userId: user.id });
    this.#refreshAt(hint.expiresAt - hint.lifetimeMs / 2);
  }

  /** Replaces the token before it ends. Each tab does, for its own socket's sake. */
  #refresh(): void {
    const hint = this.#hints.snapshot();
    if (hint !== null && hint !== undefined && hint.expiresAt <= Date.now()) return this.#leave("expired");
    const turn = this.#turn;
    void this.#auth.refresh().then((result) => {
      if (turn !== this.#turn) return;
      if (result.ok) return this.#renewed(result.value.token);
      if (isNobody(result.error)) return this.#leave(whyOf(result.error));
      this.#again(result.error, () => this.#refresh());
    });
  }

  #renewed(token: string): void {
    const state = this.snapshot();
    if (state.kind !== "signed_in") return;
    this.#socket.extend(token);
    this.#keep(state.user.id, token);
  }

  #keep(userId: string, token: string): void {
    this.#failures = 0;
    const lifetimeMs = tokenLifetimeMs(token) ?? UNKNOWN_LIFETIME_MS;
    const now = Date.now();
    this.#hints.write({ userId, expiresAt: now + lifetimeMs, lifetimeMs });
    this.#refreshAt(now + lifetimeMs / 2);
  }

  #refreshAt(moment: number): void {
    this.#later(moment - Date.now(), () => this.#refresh());
  }

  /** Puts a question again that found no answer: later each time, and not before it may be. */
  #again({ retryAfterMs }: ParlourError, question: () => void): void {
    const waitMs = ASK_AGAIN_MS * 2 ** Math.min(this.#failures, 4);
    this.#failures += 1;
    this.#later(Math.max(waitMs, retryAfterMs ?? 0), question);
  }

  #later(delayMs: number, act: () => void): void {
    clearTimeout(this.#timer);
    this.#timer = setTimeout(act, Math.min(Math.max(0, delayMs), LONGEST_DELAY_MS));
  }

  /** The cookie may hold a fresh token by now, or none: another tab may be about to say so. */
  #tokenEnded(): void {
    if (this.snapshot().kind !== "signed_in") return;
    this.#later(NEWS_WITHIN_MS, () => {
      this.#check();
      // It may have come back as nobody before the cookie had the fresh one.
      this.#socket.renew();
    });
  }

  #hintChanged(): void {
    const hint = this.#hints.snapshot();
    const state = this.snapshot();
    if (hint === null) return this.#leave("elsewhere");
    if (hint === undefined) return;
    if (state.kind === "signed_in" && state.user.id === hint.userId) return;
    // Another tab has signed in.
    this.#checkAgain();
  }

  #checkAgain(): void {
    this.set({ kind: "checking" });
    this.#check();
    this.#socket.renew();
  }
}

/** Whether the server says that one is not signed in. */
function isNobody({ code }: ParlourError): boolean {
  return code === "unauthenticated" || code === "token_expired";
}

function whyOf({ code }: ParlourError): SignedOutWhy {
  return code === "token_expired" ? "expired" : "ended";
}
