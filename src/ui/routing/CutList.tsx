import { useApp, useSession } from '../session.ts';

/** Everything that is cut or taken down, each to be restored. It is mended in the time that routers need for it. */
export function CutList() {
  const session = useSession();
  const edits = useApp((state) => state.cluster.view?.edits);
  const cut = edits?.filter(({ cuts }) => cuts) ?? [];
  if (cut.length === 0) return null;
  return (
    <ul className="routing-cuts" aria-label="What is cut">
      {cut.map(({ id, line }) => (
        <li key={id}>
          {cut.length > 1 && <span>{line}</span>}
          <button
            type="button"
            className="button small quiet"
            aria-label={`Restore: ${line}`}
            onClick={() => void session.undo(id)}
          >
            Restore
          </button>
        </li>
      ))}
    </ul>
  );
}
