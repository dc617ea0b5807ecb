import { MessageBubble, type BubbleStatus } from "./MessageBubble.tsx";

interface OwnBubbleProps {
  /** One's own account. */
  readonly self: string;
  readonly text: string;
  /** Milliseconds since 1970. */
  readonly at: number;
  readonly status: BubbleStatus;
  /** Whether it outlives a reload while it waits to be sent. */
  readonly isKept?: boolean;
  /** Whether it begins and ends what one has said together. */
  readonly first: boolean;
  readonly last: boolean;
}

/** What one has written oneself. */
export function OwnBubble({ self, ...rest }: OwnBubbleProps) {
  return <MessageBubble mine author="You" authorId={self} image={null} isGuest={false} {...rest} />;
}
