import assert from 'node:assert/strict';
import { after, describe, it } from 'node:test';
import {
  answerFaults,
  type AnswerFault,
  type Protocol,
} from '../../loadtest/fault-table/fault-replies.js';
import { startFaultProxy } from '../../loadtest/fault-table/fault-proxy.js';
import { chatKey, startJsonTeacher } from '../../loadtest/fault-table/json-teacher.js';
import { openHttpTeacher } from '../../src/teacher/http/http-teacher.js';
import { openOipTeacher } from '../../src/teacher/oip/oip-teacher.js';
import { openOpenaiTeacher } from '../../src/teacher/openai/openai-teacher.js';
import type { Teacher } from '../../src/teacher/teacher.js';
import type { TensorInput } from '../../src/task/task.js';
import { httpOptions } from '../support/http-options.js';
import { oipOptions } from '../support/oip-options.js';
import { openaiOptions } from '../support/openai-options.js';
import { square, squareTask } from '../support/square-task.js';

const now = (): number => Date.now();
const server = await startJsonTeacher();
after(() => server.close());

/** Four numbers, whose bytes are those of an image of four pixels. */
const numbers: TensorInput = {
  kind: 'tensor',
  tensors: [{ name: 'input', dtype: 'float32', shape: [4] }],
};

const teachers: Readonly<Record<Protocol, (url: string) => Promise<Teacher>>> = {
  async http(url) {
    const request = { image: 'numbers', rows: 'many', body: { inputs: '{{inputs}}' } };
    const answer = { rows: '/rows', label: '/label', scores: '/scores' };
    return openHttpTeacher(squareTask, httpOptions({ url, request, answer }), now);
  },
  async oip(url) {
    const input = { name: 'image', datatype: 'FP32', shape: [-1, 1, 2, 2] };
    const output = { name: 'scores', holds: 'probabilities' };
    return (await openOipTeacher(squareTask, oipOptions({ url, input, output }), now)).teacher;
  },
  async openai(url) {
    const options = openaiOptions({ url: `${url}/v1` }, chatKey);
    const findExamples = async () => [];
    return openOpenaiTeacher({ ...squareTask, input: numbers }, options, { findExamples, now });
  },
};

/** What each adapter finds wrong with what its server says: with the fault, and nothing else. */
const found: Readonly<Record<Protocol, Readonly<Record<AnswerFault, RegExp>>>> = {
  http: {
    '429': /too many requests \(429\): "Too many"/,
    '500': /status 500: "A bug"/,
    'wrong shape': /gave 3 scores/,
    'label outside the set': /gave "purple"; expected one of the 2 labels/,
    NaN: /NaN and infinities are no JSON/,
  },
  oip: {
    '429': /too many requests \(429\): "The queue is full"/,
    '500': /status 500: "The inference failed"/,
    'wrong shape': /gave 1 elements shaped \[1, 1\] in scores/,
    'label outside the set': /gave more than 2 elements shaped \[1, 3\] in scores/,
    NaN: /gave the score null; expected a finite number/,
  },
  openai: {
    '429': /too many requests \(429\): "Rate limit reached for small"/,
    '500': /status 500: "The server had an error"/,
    'wrong shape': /gave the answer .*bright.*; expected a JSON object \{"label"/,
    'label outside the set': /gave the answer .*purple.*; expected a JSON object \{"label"/,
    NaN: /NaN and infinities are no JSON/,
  },
};

for (const protocol of ['http', 'oip', 'openai'] as const)
  describe(`a server that goes wrong in the words of ${protocol}`, () => {
    it('is refused for the fault that was injected, and is fine without one', async () => {
      const proxy = await startFaultProxy(server.port);
      after(() => proxy.close());
      const teacher = await teachers[protocol](`http://127.0.0.1:${proxy.port}`);
      const caller = new AbortController().signal;
      const label = async () => (await teacher.label([square(0.9)], caller))[0]!.label;
      assert.equal(await label(), 1);

      for (const fault of answerFaults) {
        proxy.fault = fault;
        await assert.rejects(label(), found[protocol][fault]);
      }

      proxy.fault = null;
      assert.equal(await label(), 1);
      await teacher.close();
    });
  });
