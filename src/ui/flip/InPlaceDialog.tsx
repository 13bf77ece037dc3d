import { Dialog } from 'radix-ui';
import { useId, useState } from 'react';
import { CNI_BACKENDS } from '../../datamodel/cluster/cniBackends.ts';
import { byProject, CNI_NAMES } from '../../store/cniNames.ts';
import { Icon } from '../controls/icons.tsx';
import { useApp, useSession } from '../session.ts';
import '../dialogs/dialogs.css';
import './flip.css';

const EVERYWHERE = '';

/** Changes the CNI under the Pods that there are, on all nodes or on one: the experiment that shows why nobody should. */
export function InPlaceDialog({ onClose }: { readonly onClose: () => void }) {
  const session = useSession();
  const view = useApp((state) => state.cluster.view);
  const flip = useApp((state) => state.cluster.flip);
  const from = flip && !flip.inPlace ? flip.before : view;
  const goesOn = (view?.layers?.behind.length ?? 0) > 0;
  const other = goesOn ? view?.cni : CNI_BACKENDS.find((each) => each !== view?.cni);
  const wanted = flip && !flip.inPlace ? flip.after.cni : other;
  const [cni, setCni] = useState(wanted ?? CNI_BACKENDS[0]);
  const [node, setNode] = useState(EVERYWHERE);
  const id = useId();
  if (!view || !from) return null;

  const change = async (): Promise<void> => {
    onClose();
    // after a rebuild there is nothing old to be changed: back to what was there
    if (from.cni !== view.cni) await session.configure({ cni: from.cni });
    await session.configure({ cni }, node === EVERYWHERE ? {} : { node });
    if (session.store.getState().cluster.flip?.inPlace)
      session.notices.add('news', 'CNI changed in place', 'Nothing was rebuilt: the same Pods, with what they had.');
  };

  return (
    <Dialog.Root open onOpenChange={(isOpen) => !isOpen && onClose()}>
      <Dialog.Portal>
        <Dialog.Overlay className="overlay" />
        <Dialog.Content
          className="dialog"
          onCloseAutoFocus={(event) => {
            event.preventDefault();
            document.getElementById('header-cni')?.focus();
          }}
        >
          <div className="dialog-head">
            <Dialog.Title className="dialog-title">Change the CNI in place anyway</Dialog.Title>
            <Dialog.Close className="control" aria-label="Close">
              <Icon name="close" />
            </Dialog.Close>
          </div>
          <Dialog.Description>
            This does what a careless kubectl apply and a rollout of the agents would, and nothing else. Pods keep the
            interface, address, routes and MTU that {CNI_NAMES[from.cni]} gave them. The new agents write their entries
            beside what is there; only an entry for the same is replaced. Pods made from now on get the new CNI’s.
          </Dialog.Description>
          <form
            className="in-place"
            onSubmit={(event) => {
              event.preventDefault();
              void change();
            }}
          >
            <label className="setting-label" htmlFor={`${id}-cni`}>
              From {CNI_NAMES[from.cni]} to
            </label>
            <select
              id={`${id}-cni`}
              className="select"
              value={cni}
              onChange={({ target }) => setCni(CNI_BACKENDS.find((each) => each === target.value) ?? cni)}
            >
              {byProject(CNI_BACKENDS).map(([project, backends]) => (
                <optgroup key={project} label={project}>
                  {backends.map((each) => (
                    <option key={each} value={each}>
                      {CNI_NAMES[each]}
                    </option>
                  ))}
                </optgroup>
              ))}
            </select>
            <label className="setting-label" htmlFor={`${id}-node`}>
              Roll the agents out on
            </label>
            <select id={`${id}-node`} className="select" value={node} onChange={({ target }) => setNode(target.value)}>
              <option value={EVERYWHERE}>every node</option>
              {view.nodes.map(({ name }) => (
                <option key={name} value={name}>
                  {name} alone: half a migration
                </option>
              ))}
            </select>
            <div className="in-place-buttons">
              <button type="submit" className="button primary">
                Change it in place
              </button>
              {view.layers && (
                <button
                  type="button"
                  className="button"
                  onClick={() => {
                    onClose();
                    void session.configure({ cni: view.cni });
                  }}
                >
                  Make it clean: rebuild with {CNI_NAMES[view.cni]}
                </button>
              )}
            </div>
          </form>
        </Dialog.Content>
      </Dialog.Portal>
    </Dialog.Root>
  );
}
