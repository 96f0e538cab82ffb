import assert from 'node:assert/strict';
import { once } from 'node:events';
import { mkdirSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join, relative } from 'node:path';
import { after, before, describe, it } from 'node:test';
import express from 'express';
import { sendStudentFile } from '../../src/http/send-student-file.js';
import { temporaryDirectory } from '../support/temporary-directory.js';

describe('a file of a version', () => {
  // As in `.understudy`, where a gateway keeps its data unless it is told otherwise.
  const dir = join(temporaryDirectory(), '.data');
  const path = relative(process.cwd(), join(dir, 'model.onnx'));
  const app = express();
  app.get('/', (_, response) => sendStudentFile(response, path));
  const server = createServer(app);
  before(async () => {
    mkdirSync(dir);
    writeFileSync(path, 'weights');
    await once(server.listen(0, '127.0.0.1'), 'listening');
  });
  after(() => void server.close());

  it('is sent from a data directory that is relative, and hidden', async () => {
    const { port } = server.address() as AddressInfo;

    const response = await fetch(`http://127.0.0.1:${port}/`);

    assert.equal(await response.text(), 'weights');
    assert.equal(response.headers.get('content-type'), 'application/octet-stream');
  });
});
