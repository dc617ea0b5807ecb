import type { Group } from "@parlour/sdk/group";
import type { Placed } from "@parlour/sdk/message-log";
import { useRef, useState } from "react";
import { flushSync } from "react-dom";
import { useNavigate } from "react-router";
import { capital, type GroupFeedView, type GroupKind, type GroupView } from "../../model/group-view.ts";
import { MessageWriting } from "../composer/MessageWriting.tsx";
import { NoSuchPlace } from "../NoSuchPlace.tsx";
import { useFirstFocus } from "../use-first-focus.ts";
import { useStore } from "../use-store.ts";
import { GroupBody } from "./GroupBody.tsx";
import { GroupHeader } from "./GroupHeader.tsx";
import type { GroupSlots } from "./group-slots.ts";
import { JoinBar } from "./JoinBar.tsx";
import { LeaveDialog } from "./LeaveDialog.tsx";
import { PeoplePanel } from "./PeoplePanel.tsx";
import { useGroup } from "./use-group.ts";

interface OpenedGroupProps<C extends Group<M>, M extends Placed> extends GroupSlots<C> {
  readonly kind: GroupKind<C>;
  readonly groups: GroupView<C, M>;
  readonly feed: GroupFeedView<M>;
  readonly groupId: string;
  readonly connected: boolean;
}

/** A group: what is said in it, who is here, and the field to write in. */
export function OpenedGroup<C extends Group<M>, M extends Placed>(props: OpenedGroupProps<C, M>) {
  const { kind, groups, feed, groupId, connected, renderActions } = props;
  const navigate = useNavigate();
  const { member, live, phase, joinError } = useStore(feed);
  const { presence } = useStore(feed.people);
  const group = useGroup(groups, groupId);
  const [showsPeople, setShowsPeople] = useState(false);
  const [leaving, setLeaving] = useState(false);
  const heading = useRef<HTMLHeadingElement>(null);
  const peopleButton = useRef<HTMLButtonElement>(null);
  const field = useRef<HTMLTextAreaElement>(null);
  const name = group?.name ?? `this ${kind.one}`;
  const isPrivate = group !== null && kind.isPrivate(group);

  useFirstFocus(field, heading, member);

  function closePeople(): void {
    // On a narrow window the button is out of reach until the list is gone.
    flushSync(() => setShowsPeople(false));
    peopleButton.current?.focus();
  }

  const refusal = phase.kind === "failed" ? phase.error : joinError;
  if (isPrivate && !member) return <NotInAnyMore kind={kind} name={name} />;
  if (refusal?.code === "not_found") return <NoSuchGroup kind={kind} />;
  return (
    <div className="relative flex h-full min-h-0">
      <section
        aria-label={group?.name ?? capital(kind.one)}
        className={`flex min-w-0 flex-1 flex-col ${showsPeople ? "max-lg:invisible" : ""}`}
      >
        <GroupHeader
          kind={kind}
          heading={heading}
          peopleButton={peopleButton}
          group={group}
          hereCount={live ? presence.count : null}
          showsPeople={showsPeople}
          onPeople={() => setShowsPeople(!showsPeople)}
          onLeave={member ? () => setLeaving(true) : null}
          actions={member && group !== null ? renderActions?.(group) : null}
        />
        <GroupBody groups={groups} feed={feed} groupId={groupId} name={name} connected={connected} />
        {member ? (
          <MessageWriting
            field={field}
            draft={groups.draft(groupId)}
            joinError={joinError}
            onType={(text) => groups.keepDraft(groupId, text)}
            onSend={(text) => groups.write(groupId, text)}
          />
        ) : (
          <JoinBar one={kind.one} connected={connected} error={joinError} onJoin={() => feed.join()} />
        )}
      </section>
      {showsPeople && <PeoplePanel {...props} group={group} onClose={closePeople} />}
      <LeaveDialog
        open={leaving}
        name={name}
        isPrivate={isPrivate}
        leave={() => groups.quit(groupId)}
        onClose={() => setLeaving(false)}
        onLeft={() => void navigate(kind.path)}
      />
    </div>
  );
}

function NotInAnyMore({ kind, name }: { readonly kind: GroupKind<never>; readonly name: string }) {
  return (
    <NoSuchPlace title={`You are not in ${name} any more.`} to={kind.path} back={`All ${kind.many}`}>
      It is private: a member can invite you again.
    </NoSuchPlace>
  );
}

function NoSuchGroup({ kind }: { readonly kind: GroupKind<never> }) {
  return (
    <NoSuchPlace title={`There is no such ${kind.one}.`} to={kind.path} back={`All ${kind.many}`}>
      {kind.missing}
    </NoSuchPlace>
  );
}
