import { useState } from "react";
import { useNavigate } from "react-router";
import { useShortcut } from "../a11y/use-shortcut.ts";
import { HelpDialog } from "./HelpDialog.tsx";

/** What keys do on every page. */
export function Keys() {
  const navigate = useNavigate();
  const [helping, setHelping] = useState(false);
  useShortcut(["help"], () => setHelping(true));
  useShortcut(["strangers"], () => void navigate("/"));
  useShortcut(["rooms"], () => void navigate("/rooms"));
  useShortcut(["direct"], () => void navigate("/direct"));
  useShortcut(["channels"], () => void navigate("/channels"));
  useShortcut(["settings"], () => void navigate("/settings"));
  return <HelpDialog open={helping} onClose={() => setHelping(false)} />;
}
