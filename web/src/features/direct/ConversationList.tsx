import type { ListedDirect } from "@parlour/sdk/direct-inbox";
import type { ParlourError } from "@parlour/sdk/errors";
import { shownName, type User } from "@parlour/sdk/user";
import { useState } from "react";
import { useNavigate } from "react-router";
import { ListFailure } from "../../components/list/ListFailure.tsx";
import { ListPane } from "../../components/list/ListPane.tsx";
import { ListSkeleton } from "../../components/list/ListSkeleton.tsx";
import { ListTitle } from "../../components/list/ListTitle.tsx";
import { useNeighbours } from "../../components/list/use-neighbours.ts";
import { VirtualList } from "../../components/list/VirtualList.tsx";
import { PeopleFound } from "../../components/people/PeopleFound.tsx";
import { Button } from "../../components/ui/Button.tsx";
import { useCalmStore } from "../../components/use-calm-store.ts";
import { useStore } from "../../components/use-store.ts";
import { useToday } from "../../components/use-today.ts";
import { newestFirst } from "../../model/direct-words.ts";
import type { Direct } from "../../model/direct.ts";
import { accountErrorWords, errorWords } from "../../model/error-words.ts";
import { fitsSearch } from "../../model/group-search.ts";
import { BlockedDialog } from "./BlockedDialog.tsx";
import { ConversationItem } from "./ConversationItem.tsx";

interface ConversationListProps {
  readonly direct: Direct;
  readonly openId: string | null;
  readonly connected: boolean;
}

/** One's conversations, the newest first, and a field to find people. */
export function ConversationList({ direct, openId, connected }: ConversationListProps) {
  const navigate = useNavigate();
  const [typed, setTyped] = useState("");
  const [showsBlocked, setShowsBlocked] = useState(false);
  const query = typed.trim();
  const { users: blocked } = useStore(direct.blocks);
  const inbox = useCalmStore(direct.inbox);
  const all = newestFirst(inbox.conversations.values());
  const mine = query === "" ? all : all.filter((conversation) => fits(conversation, query));
  useNeighbours(
    mine.map(({ conversation_id }) => pathTo(conversation_id)),
    openId === null ? null : pathTo(openId),
  );

  async function open(user: User): Promise<ParlourError | null> {
    const result = await direct.openWith(user);
    if (!result.ok) return result.error;
    setTyped("");
    void navigate(pathTo(result.value));
    return null;
  }

  return (
    <>
      <ListPane
        label="Direct messages"
        title="Direct"
        openId={openId}
        action={
          <Button look="ghost" icon="block" onClick={() => setShowsBlocked(true)}>
            Blocked
          </Button>
        }
        search={{ label: "Find people", typed, onChange: setTyped }}
      >
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
            <PeopleFound
              people={direct.people}
              query={query}
              connected={connected}
              isLeftOut={({ id }) => id === direct.self || blocked.has(id)}
              choose={open}
              failed={openingFailed}
            />
          </>
        )}
      </ListPane>
      <BlockedDialog open={showsBlocked} direct={direct} onClose={() => setShowsBlocked(false)} />
    </>
  );
}

/** Where a conversation is in the page. */
function pathTo(conversationId: string): string {
  return `/direct/${encodeURIComponent(conversationId)}`;
}

function openingFailed(error: ParlourError): string {
  if (error.code === "not_found") return "You cannot write to this person.";
  return `The conversation could not be opened. ${errorWords(error)}`;
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
  if (conversations.length === 0) return null;
  return (
    <VirtualList
      label="Your conversations"
      items={conversations}
      keyOf={({ conversation_id: id }) => id}
      openKey={openId}
      renderItem={(conversation, isTabStop) => (
        <ConversationItem
          conversation={conversation}
          self={direct.self}
          connected={connected}
          isOpen={conversation.conversation_id === openId}
          isTabStop={isTabStop}
          unread={conversation.conversation_id === attended ? 0 : conversation.unread_count}
          today={today}
        />
      )}
    />
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
      <ListFailure className="mt-4" onRetry={onRetry}>
        Your conversations cannot be listed. {words}
      </ListFailure>
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
