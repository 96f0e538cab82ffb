import type { IRouter, RequestHandler } from 'express';
import { MethodNotAllowedError } from '../errors.js';

type Handlers = Partial<Readonly<Record<'get' | 'post' | 'patch', RequestHandler<never>>>>;

/**
 * Declares the methods of a path; any other one gets 405 and what is allowed. (HEAD goes where GET
 * goes.)
 */
export function createAt(router: IRouter): (path: string, handlers: Handlers) => void {
  return (path, handlers) => {
    const route = router.route(path);
    for (const [method, handler] of Object.entries(handlers))
      route[method as keyof Handlers](handler as RequestHandler);
    const allowed = Object.keys(handlers).map((method) => method.toUpperCase());
    route.all((request, response) => {
      response.set('allow', allowed.join(', '));
      throw new MethodNotAllowedError(`Use ${allowed.join(' or ')}, not ${request.method}.`);
    });
  };
}
