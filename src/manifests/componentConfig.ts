import * as v from 'valibot';
import type {
  DeclaredCniList,
  DeclaredConfig,
  DeclaredFlannelNet,
  DeclaredKubeProxy,
} from '../datamodel/kubernetes/declared/declaredConfig.ts';
import type { Labels } from '../datamodel/kubernetes/objectMeta.ts';
import type { Field } from './goType.ts';
import { readIssueMessage } from './goType.ts';
import { type Plain, plainValue } from './plainValue.ts';
import {
  argument,
  argumentMap,
  clusterConfiguration,
  cniList,
  flannelNet,
  kubeProxyConfiguration,
} from './schema/configSchema.ts';
import { fieldOf, type ShapeProblem } from './shapeProblem.ts';
import { readYaml } from './yamlDocuments.ts';

/** Reads the files that the network's components keep in ConfigMaps; undefined for every other ConfigMap. */
export function readComponentConfig(name: string, data: Labels, problems: ShapeProblem[]): DeclaredConfig | undefined {
  switch (name) {
    case 'kube-flannel-cfg': {
      const net = readFile<DeclaredFlannelNet>(data, 'net-conf.json', parseJson, flannelNet, problems);
      // To the API server it is text: what is wrong with it the nodes' runtimes find out.
      const cni = readFile<DeclaredCniList>(data, 'cni-conf.json', parseJson, cniList, []);
      const cniText = data.get('cni-conf.json');
      return { type: 'flannel', ...(net && { net }), ...(cni && { cni }), ...(cniText !== undefined && { cniText }) };
    }
    case 'calico-config': {
      const [backend, vethMtu] = [data.get('calico_backend'), data.get('veth_mtu')];
      const ipam = /"ipam":\s*\{\s*"type":\s*"([\w-]{1,64})"/.exec(data.get('cni_network_config') ?? '')?.[1];
      return { type: 'calico', ...(backend && { backend }), ...(vethMtu && { vethMtu }), ...(ipam && { ipam }) };
    }
    case 'kube-proxy': {
      const proxy = readFile<DeclaredKubeProxy>(data, 'config.conf', parseYaml, kubeProxyConfiguration, problems);
      return { type: 'kube-proxy', ...(proxy && { proxy }) };
    }
    case 'kubeadm-config': {
      const cluster = readFile<ClusterConfiguration>(
        data,
        'ClusterConfiguration',
        parseYaml,
        clusterConfiguration,
        problems,
      );
      if (cluster === undefined) return { type: 'kubeadm' };
      const { networking, apiServer, controllerManager } = cluster;
      return {
        type: 'kubeadm',
        cluster: {
          ...(networking && { networking }),
          apiServerFlags: flags(apiServer?.extraArgs),
          controllerManagerFlags: flags(controllerManager?.extraArgs),
        },
      };
    }
    default:
      return undefined;
  }
}

interface ClusterConfiguration {
  readonly networking?: { readonly dnsDomain?: string; readonly podSubnet?: string; readonly serviceSubnet?: string };
  readonly apiServer?: { readonly extraArgs?: unknown };
  readonly controllerManager?: { readonly extraArgs?: unknown };
}

function readFile<T>(
  data: Labels,
  key: string,
  parse: (text: string) => Plain,
  shape: Field<object>,
  problems: ShapeProblem[],
): T | undefined {
  const text = data.get(key);
  if (text === undefined) return undefined;
  const field = `data[${key}]`;
  let value: Plain;
  try {
    value = parse(text);
  } catch (error) {
    problems.push({ field, message: `${key}: ${error instanceof Error ? error.message : String(error)}` });
    return undefined;
  }
  const result = v.safeParse(shape(''), value);
  if (result.success) return result.output as T;
  for (const issue of result.issues) {
    const { type } = readIssueMessage(issue.message);
    problems.push({ field, message: `${key}: ${fieldOf(issue) || 'the file'} must be of type ${type}` });
  }
  return undefined;
}

function parseJson(text: string): Plain {
  try {
    return JSON.parse(text);
  } catch {
    throw new Error('is not valid JSON');
  }
}

function parseYaml(text: string): Plain {
  const { documents, problems } = readYaml(text);
  const [problem] = problems;
  if (problem !== undefined)
    throw new Error(`${problem.message}${problem.place ? ` at line ${problem.place.line}` : ''}`);
  const [document] = documents;
  return document === undefined ? {} : plainValue(document.contents);
}

function flags(extraArgs: unknown): Labels {
  const map = v.safeParse(argumentMap(''), extraArgs);
  if (map.success) return map.output;
  const list = v.safeParse(v.array(argument('')), extraArgs);
  return new Map(list.success ? list.output.map(({ name = '', value = '' }) => [name, value]) : []);
}
