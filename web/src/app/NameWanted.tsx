import { useLocation } from "react-router";
import { PageCard } from "../components/PageCard.tsx";
import { ButtonLink } from "../components/ui/ButtonLink.tsx";

interface NameWantedProps {
  readonly title: string;
  readonly lead: string;
  /** Of guests. */
  readonly remark: string | null;
  /** Whether a guest may come in. */
  readonly guests: boolean;
}

/** In place of an area, for whoever has to come by a name first; they go on to the area then. */
export function NameWanted({ title, lead, remark, guests }: NameWantedProps) {
  const { pathname } = useLocation();
  return (
    <PageCard title={title} lead={lead} footer={remark === null ? undefined : <p>{remark}</p>}>
      <div className="flex flex-col gap-3">
        <ButtonLink to="/register" look="primary" wanted={pathname}>
          Create an account
        </ButtonLink>
        <ButtonLink to="/sign-in" wanted={pathname}>
          Sign in
        </ButtonLink>
        {guests && (
          <ButtonLink to="/guest" wanted={pathname}>
            Continue as guest
          </ButtonLink>
        )}
      </div>
    </PageCard>
  );
}
