import './middleCut.css';

const TAIL = 7;

/** A name that is cut in the middle where there is no room, for ends differ; whole on hover and when copied. */
export function MiddleCut({ text }: { readonly text: string }) {
  if (text.length <= TAIL + 4) return text;
  return (
    <span className="middle-cut" title={text}>
      <span>{text.slice(0, -TAIL)}</span>
      <span>{text.slice(-TAIL)}</span>
    </span>
  );
}
