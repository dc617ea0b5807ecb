import type { Person } from "./person.ts";

/** Whether the server's socket can be reached; its page and HTTP always can. */
export interface Bar {
  isDown: boolean;
}

/** Puts a bar between somebody's page and the server's socket: what is open stays so until a reload. */
export async function barSocket(person: Person): Promise<Bar> {
  const bar: Bar = { isDown: false };
  await person.page.route(/\/socket\.io\//u, (route) => (bar.isDown ? route.abort() : route.continue()));
  await person.page.routeWebSocket(/\/socket\.io\//u, (socket) => {
    if (bar.isDown) void socket.close();
    else socket.connectToServer();
  });
  return bar;
}

/** The device has no network, and the page knows. */
export async function goOffline(person: Person): Promise<void> {
  await person.page.context().setOffline(true);
  await person.page.getByRole("region", { name: "Connection" }).getByText(/You are offline/u).waitFor();
}
