import type { ConnectionState } from "@parlour/sdk/connection";
import { shownName } from "@parlour/sdk/user";
import { useLocation } from "react-router";
import { AccountChoices } from "../features/auth/AccountChoices.tsx";
import { StrangerArea } from "../features/stranger/StrangerArea.tsx";
import type { SessionState } from "../model/session-state.ts";
import type { Services } from "./services.ts";
import { useStore } from "../components/use-store.ts";

interface HomeProps {
  readonly services: Services;
  readonly connection: ConnectionState;
  readonly session: SessionState;
}

/** The first screen, and the stranger chat that it leads to. */
export function Home({ services, connection, session }: HomeProps) {
  const { stranger, draft, storage } = services;
  const state = useStore(stranger);
  const { key } = useLocation();
  return (
    <StrangerArea
      chat={stranger}
      state={state}
      draft={draft}
      connected={connection.kind === "connected"}
      storage={storage}
      takeFocus={key !== "default"}
      beside={<Beside session={session} />}
    />
  );
}

function Beside({ session }: { readonly session: SessionState }) {
  switch (session.kind) {
    case "signed_out":
      return <AccountChoices />;
    case "checking":
      return null;
    case "signed_in":
      return (
        <p className="text-sm text-pretty text-muted">
          You are signed in as <bdi className="font-semibold [overflow-wrap:anywhere]">{shownName(session.user)}</bdi>. A
          stranger sees only the name that you give here.
        </p>
      );
  }
}
