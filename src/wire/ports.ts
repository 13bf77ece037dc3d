/** UDP and TCP ports by which a payload is known (IANA's service names). */
export const DNS_PORT = 53;
export const GENEVE_PORT = 6081;
/** WireGuard has none from IANA: wg-quick's examples and most agents take this one. */
export const WIREGUARD_PORT = 51820;
