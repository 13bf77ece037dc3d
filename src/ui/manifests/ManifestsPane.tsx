import type { EditorView } from '@codemirror/view';
import { useEffect, useRef } from 'react';
import type { ManifestProblem } from '../../datamodel/cluster/problem.ts';
import { useApp, useSession } from '../session.ts';
import { loadFiles } from '../shell/useFileDrop.ts';
import { goTo, openEditor, showProblems, showText } from './editor.ts';
import { ObjectLists } from './ObjectLists.tsx';
import './manifests.css';

/** The manifests in force in an editor; applying them replaces the cluster as a whole, or not at all. */
export function ManifestsPane() {
  const session = useSession();
  const { sources, open, edited, problems, loading } = useApp((state) => state.manifests);
  const files = useRef<HTMLInputElement>(null);
  const editor = useRef<EditorView | undefined>(undefined);
  const host = useRef<HTMLDivElement>(null);
  const shown = sources?.find((source) => source.name === open) ?? sources?.[0];
  const name = shown?.name;
  const text = shown?.text;
  const current = useRef(name);
  current.current = name;

  useEffect(() => void session.openManifests(), [session]);

  const isReady = sources !== undefined;
  useEffect(() => {
    if (!host.current || !isReady) return;
    const view = openEditor({
      parent: host.current,
      text: '',
      onChange: (next) => {
        if (current.current !== undefined) session.manifests.edit(current.current, next);
      },
      onApply: () => apply(),
    });
    editor.current = view;
    return () => {
      editor.current = undefined;
      view.destroy();
    };

    function apply(): void {
      const present = session.store.getState().manifests.sources;
      if (present) void session.load(present);
    }
  }, [session, isReady]);

  useEffect(() => {
    if (editor.current && isReady && text !== undefined) showText(editor.current, text);
  }, [text, isReady]);

  useEffect(() => {
    if (!editor.current || !isReady) return;
    showProblems(
      editor.current,
      problems.filter((problem) => problem.source === name),
    );
  }, [problems, name, isReady]);

  const show = (problem: ManifestProblem): void => {
    session.manifests.open(problem.source);
    // the other source's text is shown first
    requestAnimationFrame(() => editor.current && goTo(editor.current, problem));
  };

  return (
    <div className="manifests" aria-busy={loading} data-own-keys>
      <div className="manifests-tools">
        {sources && sources.length > 1 && (
          <select
            className="select mono source"
            aria-label="File"
            value={name}
            onChange={(event) => session.manifests.open(event.target.value)}
          >
            {sources.map((source) => (
              <option key={source.name}>{source.name}</option>
            ))}
          </select>
        )}
        <button
          type="button"
          className="button small primary"
          disabled={!sources || loading}
          aria-keyshortcuts="Control+Enter Meta+Enter"
          onClick={() => sources && void session.load(sources)}
        >
          Apply <span aria-hidden="true">⌃↵</span>
        </button>
        <button type="button" className="button small" onClick={() => files.current?.click()}>
          Open files…
        </button>
        <input
          ref={files}
          type="file"
          multiple
          hidden
          accept=".yaml,.yml,.json,application/yaml,application/json,text/*"
          onChange={(event) => {
            void loadFiles(session, [...(event.target.files ?? [])]);
            event.target.value = '';
          }}
        />
        <button type="button" className="button small" onClick={() => void session.loadSample()}>
          Back to the sample
        </button>
        <span className="manifests-state" role="status">
          {loading
            ? 'Building the cluster…'
            : problems.length > 0
              ? `Refused: ${problems.length} ${problems.length === 1 ? 'problem' : 'problems'}. The cluster is unchanged.`
              : edited
                ? 'Edited, not applied yet'
                : 'In force'}
        </span>
      </div>
      <div className="manifests-body">
        <div className="editor" ref={host} data-testid="manifest-editor" />
        <ObjectLists problems={problems} onShow={show} />
      </div>
    </div>
  );
}
