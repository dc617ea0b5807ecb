import { CloseButton } from "../../components/ui/CloseButton.tsx";
import { Icon } from "../../components/ui/Icon.tsx";
import { errorWords } from "../../model/error-words.ts";
import type { Notice } from "../../model/stranger-state.ts";

interface NoticeBoxProps {
  readonly notice: Notice;
  readonly onDismiss: () => void;
}

const WHAT_FAILED = {
  start: "The chat did not start.",
  new: "No new chat was started.",
  block: "Nobody was blocked.",
} as const;

/** Something that the person has to know about what they just did. */
export function NoticeBox({ notice, onDismiss }: NoticeBoxProps) {
  const bad = notice.kind === "error";
  const look = bad ? "bg-danger-soft text-ink" : "bg-plum-soft text-ink";
  return (
    <div role={bad ? "alert" : "status"} className={`flex items-center gap-3 rounded-2xl py-1.5 ps-4 pe-1.5 text-start text-sm ${look}`}>
      <Icon name={bad ? "alert" : "check"} className={`size-5 ${bad ? "text-danger" : "text-plum"}`} />
      <p className="min-w-0 flex-1 overflow-clip [overflow-wrap:anywhere]">{words(notice)}</p>
      <CloseButton label="Dismiss" onClick={onDismiss} />
    </div>
  );
}

function words(notice: Notice): string {
  if (notice.kind === "blocked") return `${notice.partner} is blocked. You will not meet again.`;
  return `${WHAT_FAILED[notice.doing]} ${errorWords(notice.error)}`;
}
