import type { RouteName } from '../../http/api-types.js';
import { routeMeanings } from '../words.js';

/** The name of a route with its colour; the same everywhere on the page. */
export function RouteKey({ route }: { readonly route: RouteName }) {
  return (
    <span class={`route-key route-${route}`} title={routeMeanings[route]}>
      <i aria-hidden="true" />
      {route}
    </span>
  );
}
