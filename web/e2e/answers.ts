import type { Person } from "./person.ts";

/** What becomes of a question: it gets no answer, a refusal, or this one. */
export type Answer = "held" | "refused" | Readonly<Record<string, unknown>>;

/** Which questions it is about, as "GET /api/…" or "socket sync", and what becomes of them. */
export interface Rule {
  readonly asked: RegExp;
  readonly answer: Answer;
}

/** How a socket's question with an answer begins: its number, and what is asked (Engine.IO 4, Socket.IO 5). */
const QUESTION = /^42(\d+)\["([^"]+)"/u;
const REFUSAL = { success: false, error: { code: "internal", message: "The server has lost its way.", retryable: false } };

/**
 * Stands between somebody's page and the server from the next reload on: gives back what sets the rules. What
 * no rule is about goes through; what is held stays so until the page is left.
 */
export async function standBetween(person: Person): Promise<(rules: readonly Rule[]) => void> {
  let rules: readonly Rule[] = [];
  const answerTo = (question: string): Answer | null => rules.find(({ asked }) => asked.test(question))?.answer ?? null;
  person.expectRefusal(503);
  await person.page.route("**/api/**", (route) => {
    const request = route.request();
    const { pathname, search } = new URL(request.url());
    const answer = answerTo(`${request.method()} ${pathname}${search}`);
    if (answer === "held") return;
    if (answer === null) return route.continue();
    return answer === "refused" ? route.fulfill({ status: 503 }) : route.fulfill({ json: answer });
  });
  await person.page.routeWebSocket(/\/socket\.io\//u, (socket) => {
    const server = socket.connectToServer();
    socket.onMessage((message) => {
      const [, id, event] = QUESTION.exec(String(message)) ?? [];
      const answer = event === undefined ? null : answerTo(`socket ${event}`);
      if (answer === null) server.send(message);
      else if (answer !== "held") socket.send(`43${id}${JSON.stringify([answer === "refused" ? REFUSAL : { success: true, ...answer }])}`);
    });
  });
  return (next) => {
    rules = next;
  };
}
