import type { Group } from "@parlour/sdk/group";
import type { ReactNode, RefObject } from "react";
import type { GroupKind } from "../../model/group-view.ts";
import { counted } from "../../model/group-words.ts";
import { PaneHeader } from "../PaneHeader.tsx";
import { Button } from "../ui/Button.tsx";
import { GroupMark } from "./GroupMark.tsx";

interface GroupHeaderProps<C> {
  readonly kind: GroupKind<C>;
  readonly heading: RefObject<HTMLHeadingElement | null>;
  readonly peopleButton: RefObject<HTMLButtonElement | null>;
  /** `null` until it is known. */
  readonly group: C | null;
  /** How many are here; `null` while one is not. */
  readonly hereCount: number | null;
  readonly showsPeople: boolean;
  readonly onPeople: () => void;
  /** `null` for one who is not in it. */
  readonly onLeave: (() => void) | null;
  /** What else can be done. */
  readonly actions: ReactNode;
}

/** What the group is called, and what can be done with it. */
export function GroupHeader<C extends Group<unknown>>(props: GroupHeaderProps<C>) {
  const { kind, heading, peopleButton, group, hereCount, showsPeople, onPeople, onLeave, actions } = props;
  const isPrivate = group !== null && kind.isPrivate(group);
  return (
    <PaneHeader
      heading={heading}
      back={{ to: kind.path, label: `Back to the ${kind.many}` }}
      mark={group !== null && <GroupMark name={group.name} isPrivate={isPrivate} className="me-2 hidden! size-10 sm:grid!" />}
      name={group?.name ?? null}
      unnamed={kind.unnamed}
      below={
        <p className="truncate text-sm text-muted" title={group?.description}>
          {isPrivate && "Private · "}
          <Below group={group} />
        </p>
      }
    >
      {actions}
      <Button
        ref={peopleButton}
        look="ghost"
        icon="people"
        aria-expanded={showsPeople}
        onClick={onPeople}
        className="shrink-0 px-3!"
      >
        <span className="sr-only">People: </span>
        {hereCount === null ? <span className="max-sm:sr-only">People</span> : `${hereCount.toLocaleString()} here`}
      </Button>
      {onLeave !== null && (
        <Button look="ghost" icon="leave" compact onClick={onLeave}>
          Leave
        </Button>
      )}
    </PaneHeader>
  );
}

function Below({ group }: { readonly group: Group<unknown> | null }) {
  if (group === null) return null;
  if (group.description === "") return counted(group.memberCount, "member", "members");
  return <bdi>{group.description}</bdi>;
}
