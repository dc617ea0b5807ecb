interface ParlourSceneProps {
  /** `waiting`: one's own chair is taken, the other is still empty. */
  readonly state: "open" | "waiting";
  readonly className?: string;
}

const CHAIR =
  "M8 44V22C8 9 16 2 28 2h14c12 0 20 7 20 20v22h2a7 7 0 0 1 7 7v21a7 7 0 0 1-7 7H6a7 7 0 0 1-7-7V51a7 7 0 0 1 7-7h2Z";

/** Two armchairs under a lamp. Decoration: what it means is said in words beside it. */
export function ParlourScene({ state, className = "" }: ParlourSceneProps) {
  const waiting = state === "waiting";
  return (
    <svg viewBox="0 0 320 176" className={className} aria-hidden="true">
      <path
        d="M160 44 52 160h216L160 44Z"
        className={`fill-glow ${waiting ? "animate-breathe" : ""}`}
        opacity="0.9"
      />
      <path d="M160 0v22" className="stroke-line-strong" strokeWidth="2" />
      <path d="M144 44c0-12 6-22 16-22s16 10 16 22h-32Z" className="fill-ink" />
      <circle cx="160" cy="46" r="6" className={`fill-accent ${waiting ? "animate-breathe" : ""}`} />
      <ellipse cx="160" cy="164" rx="140" ry="9" className="fill-sunk" />
      <Chair x={40} tone="fill-accent" taken />
      <Chair x={210} tone="fill-plum" taken={!waiting} />
      {waiting ? <Dots /> : <Bubbles />}
    </svg>
  );
}

function Chair({ x, tone, taken }: { readonly x: number; readonly tone: string; readonly taken: boolean }) {
  return (
    <g
      transform={`translate(${x} 78)`}
      className={taken ? tone : "fill-plum-soft stroke-plum"}
      strokeWidth={taken ? 0 : 2}
    >
      <path d={CHAIR} />
      <rect x="12" y="46" width="46" height="18" rx="8" className="fill-surface" opacity={taken ? 0.28 : 0.8} />
      <rect x="5" y="78" width="7" height="9" rx="2" />
      <rect x="58" y="78" width="7" height="9" rx="2" />
    </g>
  );
}

function Dots() {
  return (
    <g className="fill-plum">
      <circle cx="233" cy="60" r="4" className="animate-nod" />
      <circle cx="245" cy="60" r="4" className="animate-nod [animation-delay:180ms]" />
      <circle cx="257" cy="60" r="4" className="animate-nod [animation-delay:360ms]" />
    </g>
  );
}

function Bubbles() {
  return (
    <g>
      <path d="M58 38h34a9 9 0 0 1 9 9v8a9 9 0 0 1-9 9H74l-9 8v-8h-7a9 9 0 0 1-9-9v-8a9 9 0 0 1 9-9Z" className="fill-accent" />
      <path d="M222 30h40a9 9 0 0 1 9 9v12a9 9 0 0 1-9 9h-7v9l-10-9h-23a9 9 0 0 1-9-9V39a9 9 0 0 1 9-9Z" className="fill-plum" />
      <path d="M60 51h30M224 41h36M224 49h22" className="stroke-surface" strokeWidth="3" strokeLinecap="round" />
    </g>
  );
}
