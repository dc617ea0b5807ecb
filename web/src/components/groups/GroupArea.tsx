import type { ConnectionState } from "@parlour/sdk/connection";
import type { Group } from "@parlour/sdk/group";
import type { Placed } from "@parlour/sdk/message-log";
import { QueryClientProvider } from "@tanstack/react-query";
import { useState, type ReactNode } from "react";
import { useNavigate, useParams } from "react-router";
import { pathOf, type GroupKind, type GroupView } from "../../model/group-view.ts";
import { makeQueries } from "../queries.ts";
import { NothingOpen, TwoPanes } from "../TwoPanes.tsx";
import { GroupList } from "./GroupList.tsx";
import { GroupPane } from "./GroupPane.tsx";
import type { GroupSlots } from "./group-slots.ts";

/** What a dialog is given that asks for a new group. */
export interface CreateProps<C> {
  readonly open: boolean;
  readonly onClose: () => void;
  readonly onCreated: (group: C) => void;
}

interface GroupAreaProps<C extends Group<M>, M extends Placed> extends GroupSlots<C> {
  readonly kind: GroupKind<C>;
  readonly groups: GroupView<C, M>;
  readonly connection: ConnectionState;
  readonly mayCreate: boolean;
  readonly renderCreate: (props: CreateProps<C>) => ReactNode;
  /** Beside the list while nothing is open. */
  readonly hint: { readonly title: string; readonly words: string };
}

/** The list of groups of one kind, and the one that is open. */
export function GroupArea<C extends Group<M>, M extends Placed>(props: GroupAreaProps<C, M>) {
  const { kind, groups, connection, mayCreate, renderCreate, hint, ...slots } = props;
  const { groupId } = useParams();
  const navigate = useNavigate();
  const [queries] = useState(makeQueries);
  const common = { kind, groups, connected: connection.kind === "connected" };
  return (
    <QueryClientProvider client={queries}>
      <TwoPanes
        list={
          <GroupList
            {...common}
            openId={groupId ?? null}
            mayCreate={mayCreate}
            renderCreate={(open, onClose, onDone) =>
              renderCreate({
                open,
                onClose,
                onCreated: (group) => {
                  onDone();
                  void navigate(pathOf(kind, group._id));
                },
              })
            }
          />
        }
        open={groupId === undefined ? null : <GroupPane key={groupId} {...common} {...slots} groupId={groupId} />}
        hint={<NothingOpen title={hint.title}>{hint.words}</NothingOpen>}
      />
    </QueryClientProvider>
  );
}
