import { useEffect, useState } from 'react';
import type { BgpAnswer } from '../../datamodel/bgp/course.ts';
import { words } from '../../store/words.ts';
import { useApp, useSession } from '../session.ts';

export interface Course {
  /** The last answer, which stays while the next one is waited for. */
  readonly answer: BgpAnswer | undefined;
  readonly asking: boolean;
  readonly problem: string | undefined;
}

/**
 * What the BGP speakers of the cluster do, and what they know at a moment: asked anew when the cluster or the moment changes,
 * or when time has passed because something was sent.
 *
 * @param at seconds after what was done last to the network; undefined: now.
 */
export function useCourse(at: number | undefined): Course {
  const session = useSession();
  const revision = useApp((state) => state.cluster.view?.revision);
  const conversation = useApp((state) => state.traffic.conversation?.id);
  const [course, setCourse] = useState<Course>({ answer: undefined, asking: true, problem: undefined });
  // biome-ignore lint/correctness/useExhaustiveDependencies: time passes with every conversation
  useEffect(() => {
    if (revision === undefined) return;
    let isWanted = true;
    setCourse(({ answer }) => ({ answer, asking: true, problem: undefined }));
    session.beside.bgp({ ...(at !== undefined && { at }) }).then(
      (answer) => {
        if (isWanted) setCourse({ answer, asking: false, problem: undefined });
      },
      (error: unknown) => {
        if (isWanted) setCourse({ answer: undefined, asking: false, problem: words(error) });
      },
    );
    return () => {
      isWanted = false;
    };
  }, [session, revision, conversation, at]);
  return course;
}
