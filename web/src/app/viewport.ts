/**
 * Keeps `--viewport-height` at what can be seen: on an iPhone the keyboard covers the page instead
 * of making it smaller, and the composer would be under it.
 */
export function followVisualViewport(): void {
  const viewport = window.visualViewport;
  if (viewport === null) return;
  const apply = (): void => {
    // Pinch zoom makes it smaller too, and must not move the page about.
    if (viewport.scale !== 1) return;
    document.documentElement.style.setProperty("--viewport-height", `${viewport.height}px`);
  };
  viewport.addEventListener("resize", apply);
  apply();
}
