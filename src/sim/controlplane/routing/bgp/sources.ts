import type { RouteProtocol, RouteSource } from './route.ts';

/** Numbers the sources of routes as they appear (`rt_get_source`): each protocol's own first, which add-path sends. */
export class RouteSources {
  readonly #sources = new Map<string, RouteSource>();

  mainOf(protocol: RouteProtocol): RouteSource {
    return this.of(protocol, 0);
  }

  of(protocol: RouteProtocol, privateId: number): RouteSource {
    const key = `${protocol.name} ${privateId}`;
    let source = this.#sources.get(key);
    if (!source) {
      source = { id: this.#sources.size + 1, protocol };
      this.#sources.set(key, source);
    }
    return source;
  }
}
