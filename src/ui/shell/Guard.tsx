import { Component, type ReactNode } from 'react';
import { words } from '../../store/words.ts';

interface GuardProps {
  /** What cannot be shown when something in it fails: `The stage`. */
  readonly what: string;
  /** Something new to draw is a new try. */
  readonly attempt?: unknown;
  readonly children: ReactNode;
}

interface GuardState {
  readonly problem: string | undefined;
  readonly attempt: unknown;
}

/** Keeps a failure in one part of the page from taking the others with it. */
export class Guard extends Component<GuardProps, GuardState> {
  override state: GuardState = { problem: undefined, attempt: this.props.attempt };

  static getDerivedStateFromError(error: unknown): Partial<GuardState> {
    return { problem: words(error) };
  }

  static getDerivedStateFromProps(props: GuardProps, state: GuardState): Partial<GuardState> | null {
    return props.attempt === state.attempt ? null : { attempt: props.attempt, problem: undefined };
  }

  override render(): ReactNode {
    if (this.state.problem === undefined) return this.props.children;
    return (
      <section className="center-state" role="alert">
        <h2>{this.props.what} cannot be shown</h2>
        <p>{this.state.problem}</p>
        <button type="button" className="button" onClick={() => this.setState({ problem: undefined })}>
          Try again
        </button>
      </section>
    );
  }
}
