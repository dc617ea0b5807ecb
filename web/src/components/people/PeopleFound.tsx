import type { ParlourError } from "@parlour/sdk/errors";
import { MIN_QUERY_LENGTH, type PeopleApi } from "@parlour/sdk/people";
import { shownName, type User } from "@parlour/sdk/user";
import { useQuery } from "@tanstack/react-query";
import { useState, type ReactNode } from "react";
import { errorWords } from "../../model/error-words.ts";
import { Avatar } from "../Avatar.tsx";
import { ListFailure } from "../list/ListFailure.tsx";
import { ListSkeleton } from "../list/ListSkeleton.tsx";
import { PersonName } from "../PersonName.tsx";
import { orThrow, Refusal } from "../refusal.ts";
import { useSettled } from "../use-settled.ts";

interface PeopleFoundProps {
  readonly people: PeopleApi;
  readonly query: string;
  readonly connected: boolean;
  /** Who is not to be shown. */
  readonly isLeftOut: (user: User) => boolean;
  /** Does what is to be done with whom one presses; why not, if it did not work. */
  readonly choose: (user: User) => Promise<ParlourError | null>;
  /** What to say then. */
  readonly failed: (error: ParlourError) => string;
}

/** So long after the last letter, one has stopped typing. */
const TYPING_PAUSE_MS = 200;

/** The people whose name begins like what is typed; a press chooses one. */
export function PeopleFound({ people, query, connected, isLeftOut, choose, failed }: PeopleFoundProps) {
  const settled = useSettled(query, TYPING_PAUSE_MS);
  const isLong = Array.from(settled).length >= MIN_QUERY_LENGTH;
  const [choosing, setChoosing] = useState<string | null>(null);
  const [error, setError] = useState<ParlourError | null>(null);
  const found = useQuery({
    queryKey: ["people", settled],
    queryFn: async () => orThrow(await people.search(settled)),
    enabled: isLong && connected,
  });

  async function press(user: User): Promise<void> {
    if (choosing !== null) return;
    setChoosing(user.id);
    setError(null);
    setError(await choose(user));
    setChoosing(null);
  }

  const users = found.data?.users.filter((user) => !isLeftOut(user)) ?? [];
  return (
    <>
      <p role="alert" className="mx-2 mb-1 rounded-2xl bg-danger-soft px-4 py-3 text-sm empty:hidden">
        {error !== null && failed(error)}
      </p>
      {isLong && (
        <ul aria-label="People">
          {users.map((user) => (
            <li key={user.id}>
              <button
                type="button"
                aria-disabled={choosing !== null}
                className="flex w-full items-center gap-3 rounded-2xl px-2.5 py-2 text-start -outline-offset-3! hover:bg-sunk/60"
                onClick={() => void press(user)}
              >
                <Avatar id={user.id} name={shownName(user)} image={user.avatarUrl} className="size-11" />
                <PersonName user={user} />
              </button>
            </li>
          ))}
        </ul>
      )}
      <State isLong={isLong} connected={connected} phase={phaseOf(found)} none={users.length === 0} query={settled} onRetry={() => void found.refetch()} />
    </>
  );
}

type Phase = { readonly kind: "loading" | "ready" } | { readonly kind: "failed"; readonly words: string };

function phaseOf({ isPending, error }: { readonly isPending: boolean; readonly error: Error | null }): Phase {
  if (error !== null) return { kind: "failed", words: error instanceof Refusal ? errorWords(error.error) : error.message };
  return { kind: isPending ? "loading" : "ready" };
}

interface StateProps {
  readonly isLong: boolean;
  readonly connected: boolean;
  readonly phase: Phase;
  readonly none: boolean;
  readonly query: string;
  readonly onRetry: () => void;
}

function State({ isLong, connected, phase, none, query, onRetry }: StateProps) {
  if (!isLong) return <Remark>Go on typing: two letters are the fewest.</Remark>;
  if (!connected && none) return <Remark>People are looked for once you are connected.</Remark>;
  if (phase.kind === "loading") return <ListSkeleton words="People are being looked for." shape="rounded-full" />;
  if (phase.kind === "failed") {
    return <ListFailure onRetry={onRetry}>Nobody can be looked for just now. {phase.words}</ListFailure>;
  }
  if (!none) return null;
  return (
    <Remark>
      Nobody is called “<bdi className="[overflow-wrap:anywhere]">{query}</bdi>”.
    </Remark>
  );
}

function Remark({ children }: { readonly children: ReactNode }) {
  return (
    <p role="status" className="px-3 py-3 text-sm text-pretty text-muted">
      {children}
    </p>
  );
}
