import type { RequestHandler } from 'express';
import type { TaskService } from '../task/task-service.js';
import type { createAt } from './allowed-methods.js';

const page = 'evaluation.md';

const contentTypes = {
  md: 'text/markdown; charset=utf-8',
  svg: 'image/svg+xml; charset=utf-8',
  json: 'application/json; charset=utf-8',
};

/** Routes of evaluation pages: of runs, and of the versions that runs have made. */
export function addEvaluationRoutes(
  at: ReturnType<typeof createAt>,
  taskOf: (name: string) => TaskService,
): void {
  const answer: RequestHandler<{
    task: string;
    run?: string;
    version?: string;
    file?: string;
  }> = async ({ params }, response) => {
    const { task, run, version, file = page } = params;
    const owner = run === undefined ? { version: version! } : { run };
    const content = await taskOf(task).evaluationFile(owner, file);
    const ending = file.slice(file.lastIndexOf('.') + 1) as keyof typeof contentTypes;
    response.set('content-type', contentTypes[ending]).send(content); // No file has another.
  };
  for (const owner of ['distillations/:run', 'students/:version'])
    for (const file of ['', '/:file'])
      at(`/:task/${owner}/evaluation${file}`, { get: ['read', answer] });
}
