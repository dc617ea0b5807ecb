import { QueryClient } from "@tanstack/react-query";

/** Keeps answers of the server to one account: another one's are not to be seen. */
export function makeQueries(): QueryClient {
  // The HTTP client gives an error for an answer, and whoever waits is asked before it is tried again.
  return new QueryClient({ defaultOptions: { queries: { retry: false, staleTime: 10_000 } } });
}
