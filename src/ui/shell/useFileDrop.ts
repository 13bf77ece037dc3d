import { useEffect, useState } from 'react';
import type { Session } from '../../store/session.ts';
import { isTyping } from '../playback/usePlaybackKeys.ts';
import { useSession } from '../session.ts';

/** Beyond this, a text is no manifest that a person wants to see here. */
const MOST_BYTES = 8_000_000;
const MOST_FILES = 100;

/** Files may be dropped anywhere on the page, and manifests pasted wherever nobody types. @returns whether files hover. */
export function useFileDrop(): boolean {
  const session = useSession();
  const [hovering, setHovering] = useState(false);
  useEffect(() => {
    const brings = (event: DragEvent): boolean => event.dataTransfer?.types.includes('Files') ?? false;
    const over = (event: DragEvent): void => {
      if (!brings(event)) return;
      event.preventDefault();
      setHovering(true);
    };
    const leave = (event: DragEvent): void => {
      if (event.relatedTarget === null) setHovering(false);
    };
    const drop = (event: DragEvent): void => {
      if (!brings(event)) return;
      event.preventDefault();
      setHovering(false);
      void loadFiles(session, [...(event.dataTransfer?.files ?? [])]);
    };
    const paste = (event: ClipboardEvent): void => {
      if (isTyping(event.target)) return;
      const text = event.clipboardData?.getData('text/plain') ?? '';
      if (!/\b(kind|apiVersion)["']?\s*:/.test(text)) return;
      event.preventDefault();
      if (text.length > MOST_BYTES) tooBig(session, 'The pasted text');
      else void session.loadFiles([{ name: 'pasted.yaml', text }]);
    };
    window.addEventListener('dragover', over);
    window.addEventListener('dragleave', leave);
    window.addEventListener('drop', drop);
    window.addEventListener('paste', paste);
    return () => {
      window.removeEventListener('dragover', over);
      window.removeEventListener('dragleave', leave);
      window.removeEventListener('drop', drop);
      window.removeEventListener('paste', paste);
    };
  }, [session]);
  return hovering;
}

/** Reads files that a person gave and loads them together. */
export async function loadFiles(session: Session, files: readonly File[]): Promise<void> {
  if (files.length === 0) return;
  if (files.length > MOST_FILES) {
    session.notices.add('trouble', 'Too many files', `Up to ${MOST_FILES} files can be loaded together.`);
    return;
  }
  if (files.reduce((sum, file) => sum + file.size, 0) > MOST_BYTES) return tooBig(session, 'What was dropped');
  try {
    const sources = await Promise.all(files.map(async (file) => ({ name: file.name, text: await file.text() })));
    await session.loadFiles(distinctlyNamed(sources));
  } catch {
    session.notices.add('trouble', 'The files cannot be read', 'Drop YAML or JSON files, not folders.');
  }
}

function tooBig(session: Session, what: string): void {
  session.notices.add('trouble', 'Too big', `${what} is larger than ${MOST_BYTES / 1_000_000} MB.`);
}

/** Files of different folders may share a name; errors must not. */
function distinctlyNamed<T extends { readonly name: string }>(sources: readonly T[]): readonly T[] {
  const seen = new Map<string, number>();
  return sources.map((source) => {
    const count = (seen.get(source.name) ?? 0) + 1;
    seen.set(source.name, count);
    return count === 1 ? source : { ...source, name: `${source.name} (${count})` };
  });
}
