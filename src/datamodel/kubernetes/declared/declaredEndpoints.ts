import type { Declared } from './declaredObject.ts';

export interface DeclaredEndpointSlice extends Declared<'EndpointSlice'> {
  readonly addressType?: string;
  readonly ports?: readonly DeclaredEndpointPort[];
  readonly endpoints?: readonly DeclaredEndpoint[];
}

export interface DeclaredEndpointPort {
  readonly name?: string;
  readonly protocol?: string;
  readonly port?: number;
}

export interface DeclaredEndpoint {
  readonly addresses?: readonly string[];
  readonly conditions?: { readonly ready?: boolean; readonly serving?: boolean; readonly terminating?: boolean };
  readonly hostname?: string;
  readonly nodeName?: string;
  readonly zone?: string;
  readonly targetRef?: DeclaredTargetRef;
  readonly hints?: {
    readonly forZones?: readonly { readonly name?: string }[];
    readonly forNodes?: readonly { readonly name?: string }[];
  };
}

export interface DeclaredTargetRef {
  readonly kind?: string;
  readonly namespace?: string;
  readonly name?: string;
}

/** The older API, mirrored into EndpointSlices. */
export interface DeclaredEndpoints extends Declared<'Endpoints'> {
  readonly subsets?: readonly {
    readonly addresses?: readonly DeclaredEndpointAddress[];
    readonly notReadyAddresses?: readonly DeclaredEndpointAddress[];
    readonly ports?: readonly DeclaredEndpointPort[];
  }[];
}

export interface DeclaredEndpointAddress {
  readonly ip?: string;
  readonly hostname?: string;
  readonly nodeName?: string;
  readonly targetRef?: DeclaredTargetRef;
}
