import type { AddressInfo } from 'node:net';

/** False for an address that other machines may reach. */
export const isLoopback = ({ address }: Pick<AddressInfo, 'address'>): boolean =>
  /^(?:::ffff:)?127\.|^::1$/.test(address);
