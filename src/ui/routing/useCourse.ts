import { useEffect, useState } from 'react';
import type { BgpAnswer, BgpQuestion } from '../../datamodel/bgp/course.ts';
import { words } from '../../store/news.ts';
import { useApp, useSession } from '../session.ts';

export interface Course {
  /** The last answer, which stays while the next one is waited for. */
  readonly answer: BgpAnswer | undefined;
  readonly asking: boolean;
  readonly problem: string | undefined;
}

/** What the BGP speakers of the cluster as it is do, asked anew when the cluster or the question changes. */
export function useCourse(question: BgpQuestion): Course {
  const session = useSession();
  const revision = useApp((state) => state.cluster.view?.revision);
  const [course, setCourse] = useState<Course>({ answer: undefined, asking: true, problem: undefined });
  useEffect(() => {
    if (revision === undefined) return;
    let isWanted = true;
    setCourse(({ answer }) => ({ answer, asking: true, problem: undefined }));
    session.beside.bgp(question).then(
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
  }, [session, revision, question]);
  return course;
}
