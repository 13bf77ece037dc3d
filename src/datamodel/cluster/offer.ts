/** An edit that a menu offers: what it does in words, and the command line that does it. */
export interface Offer {
  readonly label: string;
  /** A whole line, quoted as a shell needs it. */
  readonly line: string;
  /** It takes something away. */
  readonly destructive?: true;
}
