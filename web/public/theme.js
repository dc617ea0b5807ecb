// Before the first paint: the theme that this device was told to have. A file of its own, as the page's
// policy allows no script in the page itself, and no module, as those wait for the whole page.
// `model/preferences.ts` writes what is read here; a test holds the two together.
try {
  const { theme } = JSON.parse(localStorage.getItem("parlour.preferences") ?? "{}");
  if (["light", "dark", "contrast"].includes(theme)) document.documentElement.dataset.theme = theme;
} catch {
  // A browser that keeps nothing, or what something else has put there: as the system has it.
}
