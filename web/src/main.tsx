import { StrictMode } from "react";
import { createRoot } from "react-dom/client";
import { BrowserRouter } from "react-router";
import { keepFocus } from "./a11y/keep-focus.ts";
import { listenForShortcuts } from "./a11y/listen.ts";
import { App } from "./app/App.tsx";
import { prefetchAreas } from "./app/areas.ts";
import { PageBoundary } from "./app/PageBoundary.tsx";
import { decodablePath } from "./app/routes.ts";
import { createServices } from "./app/services.ts";
import { followVisualViewport } from "./app/viewport.ts";
import "./styles/theme.css";

const root = document.getElementById("root");
if (root === null) throw new Error("index.html has no #root");

const { pathname } = window.location;
const path = decodablePath(pathname);
if (path !== pathname) window.history.replaceState(null, "", path);

const services = createServices();
services.session.open();
services.connection.open();
followVisualViewport();
listenForShortcuts(services.shortcuts);
keepFocus(root);
createRoot(root).render(
  <StrictMode>
    <PageBoundary at="">
      <BrowserRouter>
        <App services={services} />
      </BrowserRouter>
    </PageBoundary>
  </StrictMode>,
);
prefetchAreas();
