import type { FeedPages } from "@parlour/sdk/feed-pages";
import type { FeedState } from "@parlour/sdk/feed-state";
import type { Placed } from "@parlour/sdk/message-log";
import type { ReadMarkState } from "@parlour/sdk/read-mark";
import type { Observable } from "@parlour/sdk/store";

/** A conversation that is open, as far as its timeline is drawn. */
export interface DrawnFeed<M extends Placed> extends Observable<FeedState<M, unknown>> {
  readonly reading: Observable<ReadMarkState>;
  readonly pages: Pick<FeedPages<M, unknown>, "older" | "newer" | "toEnd" | "lookedAt">;
}
