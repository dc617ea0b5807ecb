import { Button } from "../../components/ui/Button.tsx";

interface DraftGuardProps {
  readonly meantFor: string;
  readonly onKeep: () => void;
  readonly onDiscard: () => void;
}

/** Asks before a line that was begun for one person can go to the next. */
export function DraftGuard({ meantFor, onKeep, onDiscard }: DraftGuardProps) {
  const whom = meantFor === "" ? "someone else" : meantFor;
  return (
    <div role="alert" className="mx-3 mt-2 flex flex-wrap items-center justify-between gap-2 rounded-2xl bg-plum-soft px-4 py-2 text-sm sm:mx-4">
      <p className="min-w-0 flex-1 basis-56 overflow-clip [overflow-wrap:anywhere]">
        You began this line for <bdi className="font-semibold">{whom}</bdi>. Someone else is here now.
      </p>
      <span className="flex gap-2">
        <Button onClick={onDiscard}>Delete it</Button>
        <Button onClick={onKeep}>Keep it</Button>
      </span>
    </div>
  );
}
