/** What a network that nobody told otherwise lets through: what web pages need. */
export const DEFAULT_PASSES: readonly string[] = ['tcp', 'icmp', 'udp/53'];
