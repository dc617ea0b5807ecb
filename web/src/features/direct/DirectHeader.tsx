import type { ListedDirect } from "@parlour/sdk/direct-inbox";
import { shownName, type User } from "@parlour/sdk/user";
import type { RefObject } from "react";
import { Link } from "react-router";
import { PersonMark } from "../../components/PersonMark.tsx";
import { Button } from "../../components/ui/Button.tsx";
import { Icon } from "../../components/ui/Icon.tsx";
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
    <div className="flex min-h-16 shrink-0 items-center gap-1 border-b border-line bg-surface py-1.5 ps-2 pe-2 sm:pe-3 md:ps-4">
      <Link
        to="/direct"
        aria-label="Back to your conversations"
        className="grid size-11 shrink-0 place-items-center rounded-full hover:bg-sunk md:hidden"
      >
        <Icon name="back" />
      </Link>
      <PersonMark name={name} image={user.avatarUrl} online={online} className="size-10" />
      <div className="ms-2 min-w-0 flex-1 leading-tight">
        {/* Its own direction, so that the end is cut off; but on the side of everything else. */}
        <h1 ref={heading} tabIndex={-1} dir="auto" className="truncate text-left font-display text-lg font-semibold" title={name}>
          {name}
        </h1>
        <p className={`truncate text-sm ${online ? "text-good" : "text-muted"}`}>
          {showsPresence && conversation !== null ? presenceWords(conversation, today) : <bdi>@{user.username}</bdi>}
        </p>
      </div>
      {onBlock !== null && (
        <Button look="ghost" icon="block" compact onClick={onBlock}>
          Block
        </Button>
      )}
    </div>
  );
}
