import { Component, type ReactNode } from "react";
import { PageCard } from "../components/PageCard.tsx";
import { Button } from "../components/ui/Button.tsx";
import { PartMissing } from "./part.ts";

interface PageBoundaryProps {
  /** Where one is: somewhere else it is tried again. */
  readonly at: string;
  readonly children: ReactNode;
}

interface PageBoundaryState {
  /** What has gone wrong; `null`: nothing. */
  readonly failure: { readonly error: unknown } | null;
  /** How often it was tried again: each time everything inside is made anew. */
  readonly attempt: number;
}

/** Keeps what goes wrong in one page from taking everything with it, and says what to do. */
export class PageBoundary extends Component<PageBoundaryProps, PageBoundaryState> {
  override state: PageBoundaryState = { failure: null, attempt: 0 };

  static getDerivedStateFromError(error: unknown): Pick<PageBoundaryState, "failure"> {
    return { failure: { error } };
  }

  override componentDidUpdate(before: PageBoundaryProps): void {
    if (this.state.failure !== null && before.at !== this.props.at) this.#tryAgain();
  }

  override render(): ReactNode {
    const { failure, attempt } = this.state;
    if (failure !== null) return <Failure error={failure.error} onRetry={() => this.#tryAgain()} />;
    return <Inside key={attempt}>{this.props.children}</Inside>;
  }

  #tryAgain(): void {
    this.setState(({ attempt }) => ({ failure: null, attempt: attempt + 1 }));
  }
}

/** Holds the key. */
function Inside({ children }: { readonly children: ReactNode }) {
  return children;
}

function Failure({ error, onRetry }: { readonly error: unknown; readonly onRetry: () => void }) {
  const isMissing = error instanceof PartMissing;
  return (
    <PageCard
      title={isMissing ? "This part could not be loaded." : "Something went wrong here."}
      lead={isMissing ? "The server cannot be reached just now, or there is a newer version of this page." : "What you have written is kept, if your browser lets it."}
    >
      <div className="flex flex-col gap-3">
        <Button look="primary" onClick={onRetry}>
          Try again
        </Button>
        <Button onClick={() => window.location.reload()}>Reload the page</Button>
      </div>
    </PageCard>
  );
}
