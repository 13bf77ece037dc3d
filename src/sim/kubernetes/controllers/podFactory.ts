import type { DeclaredPodSpec, DeclaredPodTemplate } from '../../../datamodel/kubernetes/declared/declaredPod.ts';
import type { Labels, ObjectMeta } from '../../../datamodel/kubernetes/objectMeta.ts';
import { generateName, uidOf } from '../names.ts';
import type { PodDraft } from '../podDraft.ts';

/** More Pods than this are refused: they would be drawn by nobody and awaited by everybody. */
export const MAX_PODS = 20_000;

/** The object that owns a made Pod. */
export interface PodOwner {
  readonly kind: string;
  readonly metadata: ObjectMeta;
  /** The object that a person wrote, when it is another: a ReplicaSet's Deployment. */
  readonly writtenAs?: string;
  /** What generated names start with, when it is not the owner's name. */
  readonly prefix?: string;
}

export interface NewPod {
  readonly owner: PodOwner;
  readonly template: DeclaredPodTemplate | undefined;
  /** What the controller adds to the template's labels. */
  readonly labels?: Labels;
  /** The whole name, where the controller decides it; else one is generated from the owner's. */
  readonly name?: string;
  /** Part of what the generated name depends on. */
  readonly ordinal: number | string;
  readonly spec?: Partial<DeclaredPodSpec>;
  readonly targetNode?: string;
}

/** Makes Pods from templates; every name is used once, and the same objects give the same names. */
export class PodFactory {
  private readonly seed: number;
  private readonly taken: Set<string>;
  private made = 0;

  /** @param namesGone names that Pods had which are there no more: none is used again. */
  constructor(given: readonly PodDraft[], seed: number, namesGone: readonly string[] = []) {
    this.seed = seed;
    this.taken = new Set([...given.map(({ metadata }) => `${metadata.namespace}/${metadata.name}`), ...namesGone]);
    this.made = given.length;
  }

  get room(): number {
    return MAX_PODS - this.made;
  }

  make({ owner, template, labels, name, ordinal, spec, targetNode }: NewPod): PodDraft {
    const { namespace } = owner.metadata;
    // Names are told apart within a namespace, so that is put before them while one is sought.
    const full =
      name === undefined
        ? this.generate(namespace, `${owner.prefix ?? owner.metadata.name}-`, ordinal)
        : `${namespace}/${name}`;
    this.taken.add(full);
    this.made++;
    const podName = full.slice(namespace.length + 1);
    const written = owner.writtenAs ?? `${owner.kind}/${owner.metadata.name}`;
    return {
      metadata: {
        name: podName,
        namespace,
        uid: uidOf(this.seed, 'Pod', namespace, podName),
        labels: new Map([...(template?.metadata?.labels ?? []), ...(labels ?? [])]),
        annotations: template?.metadata?.annotations ?? new Map(),
        ownerReferences: [{ kind: owner.kind, name: owner.metadata.name, uid: owner.metadata.uid, controller: true }],
      },
      spec: { ...template?.spec, ...spec },
      status: undefined,
      terminating: false,
      owner: written,
      group: `${namespace}/${written}`,
      targetNode,
    };
  }

  private generate(namespace: string, prefix: string, ordinal: number | string): string {
    const taken = new Set<string>();
    for (;;) {
      const name = generateName(prefix, taken, this.seed, namespace, ordinal);
      if (!this.taken.has(`${namespace}/${name}`)) return `${namespace}/${name}`;
      taken.add(name);
    }
  }
}
