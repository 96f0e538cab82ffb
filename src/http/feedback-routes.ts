import type { Request } from 'express';
import type { FeedbackRequest } from '../task/task-service.js';
import { credentialsOf, keyOf, type Access } from './access.js';
import type { createAt } from './allowed-methods.js';
import { clientOf } from './client-of.js';
import { invalidField } from '../task/invalid-field.js';
import { numberOf } from './number-of.js';
import { bodyBytesMax, isObject, readJson } from './read-json.js';
import { shorten, showValue } from '../task/show-value.js';
import type { TaskHandlers } from './task-routes.js';

const reviewRowsMax = 200;
/** Longer than any id of an answer. */
const idCharsMax = 200;

/** Routes by which people say what is right. */
export function addFeedbackRoutes(
  at: ReturnType<typeof createAt>,
  { predict, read, operate }: TaskHandlers,
  access: Access | null,
): void {
  at('/:task/feedback', {
    post: predict(async (task, request) =>
      task.feedback(await feedbackOf(request, access, { isReview: false })),
    ),
  });
  at('/:task/review', {
    get: read((task, { query }) =>
      task.review(numberOf(query['limit'], 'limit', { min: 1, max: reviewRowsMax, or: 20 })),
    ),
    post: operate(async (task, request) =>
      task.feedback(await feedbackOf(request, access, { isReview: true })),
    ),
  });
}

async function feedbackOf(
  request: Request,
  access: Access | null,
  { isReview }: { readonly isReview: boolean },
): Promise<FeedbackRequest> {
  const key = keyOf(access, credentialsOf(request));
  const { id, label, ...others } = fieldsOf(await readJson(request, bodyBytesMax));
  const unknown = Object.keys(others)[0];
  if (unknown !== undefined)
    throw invalidField({
      ...{ field: shorten(unknown), expected: 'id or label', got: 'an unknown field' },
    });
  const mayLabelAll = key === null || key.scopes.includes('operate');
  return {
    id: textOf(id, 'id', 'the id of an answer'),
    label: textOf(label, 'label', 'one of the labels of the task'),
    isReview,
    client: clientOf(request, key),
    ofKey: mayLabelAll ? null : key.name,
  };
}

function fieldsOf(body: unknown): Readonly<Record<string, unknown>> {
  if (isObject(body)) return body;
  throw invalidField({
    ...{ field: '(body)', expected: 'a JSON object with id and label', got: showValue(body) },
  });
}

function textOf(value: unknown, field: 'id' | 'label', expected: string): string {
  const isShort = typeof value === 'string' && value !== '' && !value.includes('\0');
  if (isShort && (field === 'label' || value.length <= idCharsMax)) return value;
  const got = value === undefined ? 'nothing' : showValue(value);
  throw invalidField({ field, expected, got });
}
