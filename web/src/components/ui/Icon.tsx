/** Outlines on a 24-pixel grid, drawn for this page. */
const PATHS = {
  send: "M4.500 12 3.200 5.200c-.2-.9.700-1.600 1.500-1.200l15.500 7.100c.8.400.8 1.500 0 1.800L4.700 20c-.8.400-1.700-.3-1.500-1.200L4.500 12Zm0 0h7.500",
  next: "M4 8h11.500a4.500 4.500 0 0 1 0 9H9m-5-9 3.500-3.500M4 8l3.500 3.500M12.500 13.500 9 17l3.500 3.500",
  block: "M12 3.500a8.500 8.500 0 1 0 0 17 8.500 8.500 0 0 0 0-17ZM6 6l12 12",
  leave: "M14 4.500H7.500A2.500 2.500 0 0 0 5 7v10a2.500 2.500 0 0 0 2.500 2.500H14M10.500 12H20m0 0-3.500-3.500M20 12l-3.500 3.500",
  down: "M12 5v14m0 0 5.500-5.500M12 19l-5.500-5.500",
  clock: "M12 4a8 8 0 1 0 0 16 8 8 0 0 0 0-16Zm0 4v4.200l2.700 1.700",
  check: "m5 12.500 4.500 4.500L19 7.500",
  checks: "m2 12.500 4.500 4.500L15 7.500M11.300 15.800l1.200 1.200L21.500 7.500",
  alert: "M12 4 3.300 19h17.400L12 4Zm0 6v4.200m0 2.300v.1",
  close: "m6 6 12 12M18 6 6 18",
  eye: "M2.500 12S6 5.500 12 5.500 21.500 12 21.500 12 18 18.500 12 18.500 2.500 12 2.500 12Zm9.500-3a3 3 0 1 0 0 6 3 3 0 0 0 0-6Z",
  eyeShut: "M4 4.500 20 20M9.900 6A9 9 0 0 1 12 5.500c6 0 9.500 6.500 9.500 6.500a16 16 0 0 1-2.800 3.500M14.600 14.800a3 3 0 0 1-4.200-4.200M6.300 7.700A16 16 0 0 0 2.500 12S6 18.500 12 18.500a9 9 0 0 0 4-.9",
  person: "M12 4a4 4 0 1 0 0 8 4 4 0 0 0 0-8ZM4.500 20c.8-3.600 3.800-5.500 7.500-5.500s6.700 1.900 7.500 5.500",
  back: "M19 12H5m0 0 6-6m-6 6 6 6",
  plus: "M12 5v14M5 12h14",
  search: "M11 4.500a6.500 6.500 0 1 0 0 13 6.500 6.500 0 0 0 0-13Zm4.700 11.200L20 20",
  people: "M9 5a3.300 3.300 0 1 0 0 6.600A3.300 3.300 0 0 0 9 5ZM3 19c.6-3.200 3-4.800 6-4.800s5.400 1.600 6 4.800M15.500 5.300a3.300 3.300 0 0 1 0 6M17.500 14.600c2 .6 3.200 2.100 3.500 4.400",
} as const;

export type IconName = keyof typeof PATHS;

interface IconProps {
  readonly name: IconName;
  readonly className?: string;
}

/** A small picture beside a word, or in a button that has a name: never read out itself. */
export function Icon({ name, className = "size-5" }: IconProps) {
  return (
    <svg
      viewBox="0 0 24 24"
      className={`shrink-0 ${className}`}
      fill="none"
      stroke="currentColor"
      strokeWidth="1.8"
      strokeLinecap="round"
      strokeLinejoin="round"
      aria-hidden="true"
    >
      <path d={PATHS[name]} />
    </svg>
  );
}
