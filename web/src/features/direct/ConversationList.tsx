import type { ListedDirect } from "@parlour/sdk/direct-inbox";
import { shownName } from "@parlour/sdk/user";
import { useState } from "react";
import { useNavigate } from "react-router";
import { ListSkeleton } from "../../components/list/ListSkeleton.tsx";
import { ListTitle } from "../../components/list/ListTitle.tsx";
import { MoreItems } from "../../components/list/MoreItems.tsx";
import { SearchField } from "../../components/list/SearchField.tsx";
import { useReturnFocus } from "../../components/list/use-return-focus.ts";
import { Button } from "../../components/ui/Button.tsx";
import { useCalmStore } from "../../components/use-calm-store.ts";
import { useStore } from "../../components/use-store.ts";
import { useToday } from "../../components/use-today.ts";
import { newestFirst } from "../../model/direct-words.ts";
import type { Direct } from "../../model/direct.ts";
import { accountErrorWords } from "../../model/error-words.ts";
import { fitsSearch } from "../../model/room-search.ts";
import { BlockedDialog } from "./BlockedDialog.tsx";
import { ConversationItem } from "./ConversationItem.tsx";
import { PeopleFound } from "./PeopleFound.tsx";

interface ConversationListProps {
  readonly direct: Direct;
  readonly openId: string | null;
  readonly connected: boolean;
}

/** So many conversations are in the page at first, and so many more each time that one reaches the end. */
const SHOWN_AT_ONCE = 50;

/** One's conversations, the newest first, and a field to find people. */
export function ConversationList({ direct, openId, connected }: ConversationListProps) {
  const navigate = useNavigate();
  const [typed, setTyped] = useState("");
  const [showsBlocked, setShowsBlocked] = useState(false);
  const query = typed.trim();
  const inbox = useCalmStore(direct.inbox);
  const all = newestFirst(inbox.conversations.values());
  const mine = query === "" ? all : all.filter((conversation) => fits(conversation, query));
  const heading = useReturnFocus(openId);
  const Level = openId === null ? "h1" : "h2";

  function opened(id: string): void {
    setTyped("");
    void navigate(`/direct/${encodeURIComponent(id)}`);
  }

  return (
    <section aria-label="Direct messages" className="flex min-h-0 w-full flex-col bg-surface/60">
      <div className="flex shrink-0 items-center justify-between gap-2 ps-4 pe-2 pt-3">
        <Level ref={heading} tabIndex={-1} className="font-display text-xl font-semibold tracking-tight">
          Direct
        </Level>
        <Button look="ghost" icon="block" onClick={() => setShowsBlocked(true)}>
          Blocked
        </Button>
      </div>
      <SearchField label="Find people" typed={typed} onChange={setTyped} />
      <div className="min-h-0 flex-1 overflow-y-auto overscroll-contain px-2 pb-4">
        {query !== "" && mine.length > 0 && <ListTitle words="Your conversations" isPage={openId === null} />}
        <Conversations key={query} conversations={mine} direct={direct} openId={openId} connected={connected} />
        {query === "" && (
          <ListState
            phase={inbox.phase}
            words={inbox.error === null ? null : accountErrorWords(inbox.error)}
            empty={all.length === 0}
            connected={connected}
            onRetry={() => direct.inbox.retry()}
          />
        )}
        {query !== "" && (
          <>
            <ListTitle words="People" isPage={openId === null} />
            <PeopleFound direct={direct} query={query} connected={connected} onOpened={opened} />
          </>
        )}
      </div>
      <BlockedDialog open={showsBlocked} direct={direct} onClose={() => setShowsBlocked(false)} />
    </section>
  );
}

function fits({ other_user }: ListedDirect, query: string): boolean {
  return fitsSearch(shownName(other_user), query) || fitsSearch(other_user.username, query);
}

interface ConversationsProps {
  readonly conversations: readonly ListedDirect[];
  readonly direct: Direct;
  readonly openId: string | null;
  readonly connected: boolean;
}

function Conversations({ conversations, direct, openId, connected }: ConversationsProps) {
  const attended = useStore(direct.attended);
  const today = useToday();
  const [shown, setShown] = useState(SHOWN_AT_ONCE);
  if (conversations.length === 0) return null;
  return (
    <>
      <ul aria-label="Your conversations">
        {conversations.slice(0, shown).map((conversation) => (
          <li key={conversation.conversation_id}>
            <ConversationItem
              conversation={conversation}
              self={direct.self}
              connected={connected}
              isOpen={conversation.conversation_id === openId}
              unread={conversation.conversation_id === attended ? 0 : conversation.unread_count}
              today={today}
            />
          </li>
        ))}
      </ul>
      {shown < conversations.length && (
        <MoreItems key={shown} label="More conversations" busy={false} onMore={() => setShown(shown + SHOWN_AT_ONCE)} />
      )}
    </>
  );
}

interface ListStateProps {
  readonly phase: "loading" | "ready" | "failed";
  /** Why the list cannot be had. */
  readonly words: string | null;
  readonly empty: boolean;
  readonly connected: boolean;
  readonly onRetry: () => void;
}

/** What is to be said below the conversations, or in their place. */
function ListState({ phase, words, empty, connected, onRetry }: ListStateProps) {
  if (words !== null) {
    return (
      <div role="alert" className="mx-2 mt-4 rounded-2xl bg-danger-soft px-4 py-3 text-sm">
        <p>Your conversations cannot be listed. {words}</p>
        <button type="button" className="mt-1 min-h-11 font-semibold underline underline-offset-2" onClick={onRetry}>
          Try again
        </button>
      </div>
    );
  }
  if (phase === "loading" && connected) return <ListSkeleton words="Your conversations are on their way." shape="rounded-full" />;
  if (!empty) return null;
  return (
    <p role="status" className="px-4 py-10 text-center text-pretty text-muted">
      {phase === "loading"
        ? "Your conversations are listed as soon as you are connected."
        : "You have no conversation yet. Look for somebody by name, and write the first word."}
    </p>
  );
}
