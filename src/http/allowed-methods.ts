import type { IRouter, RequestHandler } from 'express';
import { MethodNotAllowedError } from '../errors.js';
import type { Scope } from '../keys/api-key.js';
import { credentialsOf, keyOf, requireScope, type Access } from './access.js';

/** The scope that a key needs for it; `open`: everybody may, without a key. */
type Handler = readonly [needs: Scope | 'open', handle: RequestHandler<never>];
type Handlers = Partial<Readonly<Record<'get' | 'post' | 'patch' | 'delete', Handler>>>;

/**
 * Declares the methods of a path, each with what it needs; any other one gets 405 and what is
 * allowed. (HEAD goes where GET goes.)
 */
export function createAt(
  router: IRouter,
  access: Access | null,
): (path: string, handlers: Handlers) => void {
  return (path, handlers) => {
    const route = router.route(path);
    for (const [method, [needs, handle]] of Object.entries(handlers)) {
      const declare = route[method as keyof Handlers].bind(route);
      if (needs === 'open') declare(handle as RequestHandler);
      else declare(guard(access, needs), handle as RequestHandler);
    }
    const allowed = Object.keys(handlers).map((method) => method.toUpperCase());
    route.all((request, response) => {
      response.set('allow', allowed.join(', '));
      throw new MethodNotAllowedError(`Use ${allowed.join(' or ')}, not ${request.method}.`);
    });
  };
}

const guard =
  (access: Access | null, scope: Scope): RequestHandler<{ task?: string }> =>
  (request, _response, next) => {
    requireScope(keyOf(access, credentialsOf(request)), scope, request.params.task ?? null);
    next();
  };
