/** Poly1305's tag behind what WireGuard encrypts, bytes. */
export const WIREGUARD_TAG_LENGTH = 16;
