import assert from 'node:assert/strict';
import { join } from 'node:path';
import { describe, it } from 'node:test';
import { startGatewayProcess } from '../support/gateway-process.js';
import { openRaw, parseAnswer, type RawConnection } from '../support/raw-http.js';
import { writeSquaresFile } from '../support/squares-file.js';
import { temporaryDirectory } from '../support/temporary-directory.js';
import { until } from '../support/until.js';

const directory = temporaryDirectory();
const taskFile = writeSquaresFile(join(directory, 'squares'));
const ask = 'GET /healthz HTTP/1.1\r\nhost: x\r\n\r\n';

/** A connection, and how it ended: answered and kept, or closed without a word. */
async function connectAndAsk(port: number): Promise<RawConnection & { isClosed(): boolean }> {
  const raw = openRaw(port);
  let isClosed = false;
  void raw.closed.then(() => (isClosed = true));
  raw.socket.write(ask);
  await until('it is answered or closed', () => isClosed || raw.received().includes('\r\n\r\n'));
  return { ...raw, isClosed: () => isClosed };
}

for (const workers of [1, 2])
  describe(`a gateway of ${workers} processes with room for two connections each`, () => {
    it('closes those that are more, and takes others when one has gone', async () => {
      const gateway = await startGatewayProcess({
        dataDir: join(directory, `data-${workers}`),
        taskFile,
        env: { UNDERSTUDY_WORKERS: `${workers}`, UNDERSTUDY_CONNECTIONS_MAX: '2' },
      });
      const taken: Awaited<ReturnType<typeof connectAndAsk>>[] = [];
      // Workers take turns, but not strictly: one that is full closes what another had room for.
      await until('all have their two', async () => {
        const next = await connectAndAsk(gateway.port);
        if (!next.isClosed()) taken.push(next);
        return taken.length === 2 * workers;
      });

      const more = [];
      for (let k = 0; k < 4; k++) more.push(await connectAndAsk(gateway.port));

      assert.deepEqual(
        more.map((raw) => [raw.isClosed(), raw.received()]),
        Array(4).fill([true, '']),
      );
      for (const raw of taken) {
        assert.equal(parseAnswer(raw.received()).status, 200);
        assert.equal(raw.isClosed(), false);
      }
      taken[0]!.socket.destroy();
      await until('there is room again', async () => {
        const next = await connectAndAsk(gateway.port);
        return !next.isClosed();
      });
      for (const { socket } of taken) socket.destroy();
      const { code } = await gateway.stop();
      assert.equal(code, 0);
    });
  });
