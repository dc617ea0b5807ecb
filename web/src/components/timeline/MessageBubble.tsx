import { clockTime, fullMoment } from "../../model/moments.ts";
import { Avatar } from "../Avatar.tsx";
import { toneOf } from "../tone.ts";
import { Icon } from "../ui/Icon.tsx";
import { LineText } from "./LineText.tsx";

interface MessageBubbleProps {
  readonly mine: boolean;
  readonly author: string;
  /** The author's account. */
  readonly authorId: string;
  /** What tells the author from others of the same name: the username, where it is known. */
  readonly authorMark?: string | null;
  /** Whether the author is shown: where there are only two, it is plain who wrote it. */
  readonly showsAuthor?: boolean;
  /** The address of the author's picture. */
  readonly image: string | null;
  readonly isGuest: boolean;
  /** `null`: it was deleted. */
  readonly text: string | null;
  /** Milliseconds since 1970. */
  readonly at: number;
  readonly status: BubbleStatus;
  /** Whether it outlives a reload while it waits to be sent. */
  readonly isKept?: boolean;
  /** Whether it begins and ends what one person has said together. */
  readonly first: boolean;
  readonly last: boolean;
  /** Whether its time is shown though it is not the last. */
  readonly showsTime?: boolean;
}

/** How far one's own has come; another's is `sent`, or `unconfirmed` while it is not stored. */
export type BubbleStatus = "sent" | "read" | "sending" | "storing" | "waiting" | "failed" | "unconfirmed";

/**
 * One message: own ones on the right in ember, those of others on the left beside their picture.
 * Its text is clipped to it: stacked combining marks would paint over the lines around.
 */
export function MessageBubble(props: MessageBubbleProps) {
  const { mine, author, authorId, authorMark = null, showsAuthor = true, image, isGuest, text, at, status, isKept = true } = props;
  const { first, last, showsTime = false } = props;
  const hasMeta = status !== "failed" && (last || showsTime || isUnderWay(status));
  return (
    <div className={`flex gap-2 px-3 sm:px-5 ${mine ? "justify-end" : ""} ${first ? "pt-3" : "pt-1"}`}>
      {!mine && showsAuthor && (
        <span className="w-9 shrink-0 self-start">{first && <Avatar id={authorId} name={author} image={image} className="mt-5 size-9" />}</span>
      )}
      <div className={`flex max-w-[82%] min-w-0 flex-col sm:max-w-[75%] ${mine ? "items-end" : "items-start"}`}>
        {first && !mine && showsAuthor && <Author id={authorId} name={author} mark={authorMark} isGuest={isGuest} />}
        <div
          className={`max-w-full overflow-clip px-4 py-2 text-pretty whitespace-pre-wrap shadow-xs [overflow-wrap:anywhere] ${look(props)}`}
        >
          {(mine || !first || !showsAuthor) && <span className="sr-only">{mine ? "You: " : `${author}: `}</span>}
          {status === "unconfirmed" && <span className="sr-only">Not confirmed yet: </span>}
          {text === null ? <i className="opacity-80">This message was deleted.</i> : <div dir="auto"><LineText text={text} /></div>}
        </div>
        {hasMeta && <Meta mine={mine} at={at} status={status} isKept={isKept} />}
      </div>
    </div>
  );
}

interface AuthorProps {
  readonly id: string;
  readonly name: string;
  readonly mark: string | null;
  readonly isGuest: boolean;
}

function Author({ id, name, mark, isGuest }: AuthorProps) {
  return (
    <p className="mb-0.5 flex max-w-full items-center gap-1.5 px-1 text-xs">
      <bdi className={`truncate font-semibold ${toneOf(id).letters}`} title={`${name} · ${mark ?? `account ${id}`}`}>
        {name}
      </bdi>
      {isGuest && <span className="shrink-0 rounded-full border border-line-strong/60 px-1.5 text-muted">guest</span>}
    </p>
  );
}

function look({ mine, status, last }: MessageBubbleProps): string {
  if (!mine) {
    const quiet = status === "unconfirmed" ? "border-dashed bg-surface/60 text-muted" : "bg-surface";
    return `rounded-3xl border border-line ${quiet} ${last ? "rounded-es-md" : ""}`;
  }
  const tone = isStored(status) ? "" : "opacity-75";
  return `rounded-3xl bg-own text-on-own ${tone} ${last ? "rounded-ee-md" : ""}`;
}

/** The time, and for one's own whether the server has it. */
function Meta({ mine, at, status, isKept }: Pick<MessageBubbleProps, "mine" | "at" | "status" | "isKept">) {
  const moment = new Date(at);
  return (
    <div className="mt-1 flex items-center gap-1 px-3 text-xs text-muted">
      {status === "waiting" && <span>Sent once you are connected{isKept !== true && ", but lost if you reload"}</span>}
      <time dateTime={moment.toISOString()} title={fullMoment(moment)}>
        {clockTime(moment)}
      </time>
      {mine && <StatusMark status={status} />}
    </div>
  );
}

/** One's own: on its way, sent ✓, read ✓✓. */
export function StatusMark({ status }: { readonly status: BubbleStatus }) {
  switch (status) {
    case "failed":
    case "unconfirmed":
      return null;
    case "waiting":
      return <Icon name="clock" className="size-4" />;
    case "sending":
      return <Marked icon="clock" word="being sent" />;
    case "storing":
      return <Marked icon="hourglass" word="being stored" />;
    case "sent":
      return <Marked icon="check" word="sent" />;
    case "read":
      return <Marked icon="checks" word="read" className="text-good" />;
  }
}

interface MarkedProps {
  readonly icon: "clock" | "hourglass" | "check" | "checks";
  readonly word: string;
  readonly className?: string;
}

function Marked({ icon, word, className = "" }: MarkedProps) {
  return (
    <>
      <Icon name={icon} className={`size-4 ${className}`} />
      <span className="sr-only">{word}</span>
    </>
  );
}

function isUnderWay(status: BubbleStatus): boolean {
  return status === "sending" || status === "storing" || status === "waiting";
}

function isStored(status: BubbleStatus): boolean {
  return status === "sent" || status === "read";
}
