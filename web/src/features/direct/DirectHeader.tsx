import type { ListedDirect } from "@parlour/sdk/direct-inbox";
import { shownName, type User } from "@parlour/sdk/user";
import type { RefObject } from "react";
import { PaneHeader } from "../../components/PaneHeader.tsx";
import { PersonMark } from "../../components/PersonMark.tsx";
import { Button } from "../../components/ui/Button.tsx";
import { useToday } from "../../components/use-today.ts";
import { presenceWords } from "../../model/direct-words.ts";

interface DirectHeaderProps {
  readonly heading: RefObject<HTMLHeadingElement | null>;
  readonly conversation: ListedDirect | null;
  readonly user: User;
  /** Whether one can know if they are there. */
  readonly showsPresence: boolean;
  /** `null` for whoever is blocked already. */
  readonly onBlock: (() => void) | null;
}

/** With whom one talks, whether they are there, and the way to be rid of them. */
export function DirectHeader({ heading, conversation, user, showsPresence, onBlock }: DirectHeaderProps) {
  const today = useToday();
  const name = shownName(user);
  const online = showsPresence && conversation?.is_online === true;
  return (
    <PaneHeader
      heading={heading}
      back={{ to: "/direct", label: "Back to your conversations" }}
      mark={
        <span className="me-2 flex shrink-0">
          <PersonMark id={user.id} name={name} image={user.avatarUrl} online={online} className="size-10" />
        </span>
      }
      name={name}
      below={
        <p className="flex gap-1 text-sm whitespace-nowrap text-muted">
          <bdi className="truncate" title={user.username}>
            @{user.username}
          </bdi>
          {showsPresence && conversation !== null && (
            <>
              <span aria-hidden="true">·</span>
              <span className={`shrink-0 ${online ? "text-good" : ""}`}>{presenceWords(conversation, today)}</span>
            </>
          )}
        </p>
      }
    >
      {onBlock !== null && (
        <Button look="ghost" icon="block" compact onClick={onBlock}>
          Block
        </Button>
      )}
    </PaneHeader>
  );
}
