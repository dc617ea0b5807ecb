import { QueryClientProvider } from "@tanstack/react-query";
import type { ConnectionState } from "@parlour/sdk/connection";
import { useState } from "react";
import { useParams } from "react-router";
import { makeQueries } from "../../components/queries.ts";
import { NothingOpen, TwoPanes } from "../../components/TwoPanes.tsx";
import type { Direct } from "../../model/direct.ts";
import { ConversationList } from "./ConversationList.tsx";
import { ConversationPane } from "./ConversationPane.tsx";

interface DirectAreaProps {
  readonly direct: Direct;
  readonly connection: ConnectionState;
}

/** The list of one's conversations, and the one that is open. */
export function DirectArea({ direct, connection }: DirectAreaProps) {
  const { conversationId } = useParams();
  const [queries] = useState(makeQueries);
  const connected = connection.kind === "connected";
  return (
    <QueryClientProvider client={queries}>
      <TwoPanes
        list={<ConversationList direct={direct} openId={conversationId ?? null} connected={connected} />}
        open={
          conversationId === undefined ? null : (
            <ConversationPane key={conversationId} direct={direct} id={conversationId} connected={connected} />
          )
        }
        hint={
          <NothingOpen title="Choose a conversation, or begin one.">
            Look for somebody by name. What you two write, no other account can read.
          </NothingOpen>
        }
      />
    </QueryClientProvider>
  );
}
