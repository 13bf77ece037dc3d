import { type Circumstances, isServiceAddress } from './circumstances.ts';

/** Nothing has the port, or not for this packet. */
export function noSocketAdvice(its: Circumstances): string {
  const { here, protocol, destination, destinationPort, step, names } = its;
  if (protocol !== 'TCP' && protocol !== 'UDP')
    return `no program on ${here} waits for it: it came too late, or was for somebody else`;
  if (/no connection that it belongs to/.test(step.because)) {
    return `its connection is not known on ${here} (any more): let the client connect anew`;
  }
  const service = isServiceAddress(names, destination)
    ? "; the address is a Service's, so kube-proxy's rules were not met"
    : '';
  return `nothing listens on ${protocol} port ${destinationPort ?? ''} of ${destination ?? here}: start the server there, or correct the port (a Service's targetPort, the container's own)${service}; ss -ln${protocol === 'TCP' ? 't' : 'u'} lists who listens`;
}

export function checksumAdvice(its: Circumstances): string {
  return `the bytes changed on their way or were written so: capture at every device, the first where the checksum is wrong is at fault (ethtool -K ${its.device} tx off rules offloading out)`;
}

export function tooSmallAdvice(its: Circumstances): string {
  return `its sender promises more bytes than it sends: nothing on ${its.here} can mend it; look at the bytes for where they end`;
}

export function protocolAdvice(its: Circumstances): string {
  const number = /protocol (\d+)/.exec(its.step.because)?.[1];
  return `load what speaks ${number === undefined ? 'it' : `protocol ${number}`} on ${its.here}, or send to a host that does`;
}
