import { shownName, type User } from "@parlour/sdk/user";

/** Who somebody is, on two lines: as they are shown, and the name that they sign in with. */
export function PersonName({ user }: { readonly user: User }) {
  const shown = shownName(user);
  return (
    <p className="min-w-0 leading-tight">
      {/* Its own direction, so that the end is cut off; but on the side of everything else. */}
      <span dir="auto" className="block truncate text-left font-semibold" title={shown}>
        {shown}
      </span>
      <span className="block truncate text-sm text-muted">
        {user.isGuest ? "Guest" : <bdi title={user.username}>@{user.username}</bdi>}
      </span>
    </p>
  );
}
