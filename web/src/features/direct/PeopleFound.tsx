import type { ParlourError } from "@parlour/sdk/errors";
import { MIN_QUERY_LENGTH } from "@parlour/sdk/people";
import { shownName, type User } from "@parlour/sdk/user";
import { useQuery } from "@tanstack/react-query";
import { useState, type ReactNode } from "react";
import { Avatar } from "../../components/Avatar.tsx";
import { ListFailure } from "../../components/list/ListFailure.tsx";
import { ListSkeleton } from "../../components/list/ListSkeleton.tsx";
import { PersonName } from "../../components/PersonName.tsx";
import { orThrow, Refusal } from "../../components/refusal.ts";
import { useSettled } from "../../components/use-settled.ts";
import { useStore } from "../../components/use-store.ts";
import type { Direct } from "../../model/direct.ts";
import { errorWords } from "../../model/error-words.ts";

interface PeopleFoundProps {
  readonly direct: Direct;
  readonly query: string;
  readonly connected: boolean;
  /** The conversation with somebody is open. */
  readonly onOpened: (conversationId: string) => void;
}

/** So long after the last letter, one has stopped typing. */
const TYPING_PAUSE_MS = 200;

/** The people whose name begins like what is typed; a press opens the conversation with one. */
export function PeopleFound({ direct, query, connected, onOpened }: PeopleFoundProps) {
  const settled = useSettled(query, TYPING_PAUSE_MS);
  const isLong = Array.from(settled).length >= MIN_QUERY_LENGTH;
  const { users: blocked } = useStore(direct.blocks);
  const [opening, setOpening] = useState<string | null>(null);
  const [error, setError] = useState<ParlourError | null>(null);
  const found = useQuery({
    queryKey: ["people", settled],
    queryFn: async () => orThrow(await direct.people.search(settled)),
    enabled: isLong && connected,
  });

  async function open(user: User): Promise<void> {
    if (opening !== null) return;
    setOpening(user.id);
    setError(null);
    const result = await direct.openWith(user);
    setOpening(null);
    if (result.ok) onOpened(result.value);
    else setError(result.error);
  }

  const people = found.data?.users.filter(({ id }) => id !== direct.self && !blocked.has(id)) ?? [];
  return (
    <>
      <p role="alert" className="mx-2 mb-1 rounded-2xl bg-danger-soft px-4 py-3 text-sm empty:hidden">
        {error !== null && openingFailed(error)}
      </p>
      {isLong && (
        <ul aria-label="People">
          {people.map((user) => (
            <li key={user.id}>
              <button
                type="button"
                aria-disabled={opening !== null}
                className="flex w-full items-center gap-3 rounded-2xl px-2.5 py-2 text-start -outline-offset-3! hover:bg-sunk/60"
                onClick={() => void open(user)}
              >
                <Avatar name={shownName(user)} image={user.avatarUrl} className="size-11" />
                <PersonName user={user} />
              </button>
            </li>
          ))}
        </ul>
      )}
      <State isLong={isLong} connected={connected} phase={phaseOf(found)} none={people.length === 0} query={settled} onRetry={() => void found.refetch()} />
    </>
  );
}

function openingFailed(error: ParlourError): string {
  if (error.code === "not_found") return "You cannot write to this person.";
  return `The conversation could not be opened. ${errorWords(error)}`;
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
