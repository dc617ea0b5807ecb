import { Store, type Observable } from "@parlour/sdk/store";
import type { User } from "@parlour/sdk/user";
import type { SessionState } from "./session-state.ts";

/** What belongs to one account. */
interface Owned {
  readonly self: string;
  readonly close: () => void;
}

/**
 * What belongs to whoever is signed in, and `null` for nobody, or whoever has none of it. Another account
 * has another one.
 */
export class OfSession<T extends Owned> extends Store<T | null> {
  constructor(session: Observable<SessionState>, make: (user: User) => T | null) {
    super(null);
    /** Whose it is; a guest who has become an account is another one. */
    let owner: string | null = null;
    const follow = (): void => {
      const state = session.snapshot();
      // It is asked again who one is; most likely it is still the same.
      if (state.kind === "checking") return;
      const user = state.kind === "signed_in" ? state.user : null;
      const next = user === null ? null : `${user.isGuest ? "guest" : "account"} ${user.id}`;
      if (next === owner) return;
      owner = next;
      this.snapshot()?.close();
      this.set(user === null ? null : make(user));
    };
    session.subscribe(follow);
    follow();
  }
}
