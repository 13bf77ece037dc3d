import { list, struct, text } from '../goType.ts';
import { typeMeta } from './metaSchema.ts';

export const eniConfig = struct(
  'v1alpha1.ENIConfig',
  {
    ...typeMeta,
    spec: struct('v1alpha1.ENIConfigSpec', { subnet: text, securityGroups: list(text, 'string') }, 'any'),
  },
  ['status'],
);
