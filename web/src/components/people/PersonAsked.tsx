import { shownName, type User } from "@parlour/sdk/user";
import { Avatar } from "../Avatar.tsx";
import { PersonName } from "../PersonName.tsx";

/** Whom a question is about: others may have taken the same name. */
export function PersonAsked({ user }: { readonly user: User }) {
  return (
    <div className="mb-3 flex items-center gap-3 rounded-2xl bg-sunk px-3 py-2 text-ink">
      <Avatar id={user.id} name={shownName(user)} image={user.avatarUrl} />
      <PersonName user={user} />
    </div>
  );
}
