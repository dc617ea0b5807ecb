import { PageCard } from "../components/PageCard.tsx";

/** While it is not known who one is. */
export function OneMoment() {
  return (
    <PageCard title="One moment…">
      <p role="status" className="text-center text-muted">
        The server is asked who you are.
      </p>
    </PageCard>
  );
}
