/** Which Pod's network is to be made, and by what. */
export interface PodChainQuestion {
  readonly namespace: string;
  readonly name: string;
  /** The network configuration list to go by; absent: the one that is on the nodes. */
  readonly list?: string;
  /** Release of the plugins (`1.1.1`, `1.9.1`); absent: 1.1.1. */
  readonly release?: string;
  /** Carried out behind the ADD, in this order. */
  readonly afterwards?: readonly ('CHECK' | 'DEL' | 'STATUS' | 'GC')[];
}

/** The making of one Pod's network, call by call. */
export interface PodChain {
  readonly node: string;
  readonly pod: string;
  readonly containerId: string;
  /** Path of the sandbox's network namespace. */
  readonly netns: string;
  /** The network configuration list that the calls go by: its path, and the file as it is. */
  readonly listPath: string;
  readonly list: string;
  /** What is in /etc/cni/net.d of the node now, by name; absent: nobody can change it. */
  readonly files?: readonly { readonly name: string; readonly text: string }[];
  /** The Pod was made by other files than those that are there now. */
  readonly older?: true;
  /** What is to be said about the list, whether or not it works. */
  readonly remarks: readonly string[];
  /** Why it cannot even be tried, in kubelet's words and the runtime's; then there are no operations. */
  readonly refusal?: { readonly kubelet: string; readonly runtime: string };
  /** lo first, then the list's network, then what was asked for behind it. */
  readonly operations: readonly ChainOperation[];
}

/** One call of the runtime to libcni. */
export interface ChainOperation {
  readonly command: 'ADD' | 'CHECK' | 'DEL' | 'STATUS' | 'GC';
  readonly network: string;
  readonly calls: readonly ChainCall[];
  /** libcni's result, compact; absent: there is none. */
  readonly result?: string;
  /** libcni's error. */
  readonly error?: string;
  /** kubelet's event when the Pod could not be made. */
  readonly event?: string;
  /** What of the error is a fault of that release, which later ones have mended. */
  readonly fault?: string;
}

/** One run of a plugin. */
export interface ChainCall {
  readonly plugin: string;
  /** 0: called by libcni, 1: by a plugin that libcni called, … */
  readonly delegateDepth: number;
  readonly env: Readonly<Record<string, string>>;
  readonly stdin: string;
  readonly stdout: string;
  readonly stderr: string;
  readonly exitCode: number;
  /** What it did itself; its delegates' doings are theirs. */
  readonly changes: readonly ChainChange[];
}

export interface ChainChange {
  readonly where: 'node' | 'pod';
  readonly what: 'link' | 'address' | 'route' | 'rule' | 'sysctl' | 'queue' | 'file';
  readonly sign: '+' | '-';
  readonly text: string;
}
