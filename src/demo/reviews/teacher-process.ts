import { once } from 'node:events';
import type { AddressInfo } from 'node:net';
import { createOipServer } from './oip-server.js';
import { makeReviewsTeacher } from './reviews-teacher.js';
import { loadReviewsSplit } from './reviews-split.js';
import { openSentenceEncoder } from './sentence-encoder.js';

/*
 * The process of the demo's teacher, and its composition root: fits the head, listens on a port
 * of this machine alone, says where, and ends with the process that has started it. Its argument is
 * how many sentences of each source the head is fitted on.
 */

const { teacherTraining } = loadReviewsSplit(Number(process.argv[2]));
const teacher = await makeReviewsTeacher(await openSentenceEncoder(), teacherTraining);
const server = createOipServer({ name: 'reviews', classCount: 2, judge: teacher.judge });
server.listen(0, '127.0.0.1');
await once(server, 'listening');
const end = (): void => {
  server.close();
  server.closeAllConnections();
  if (process.connected) process.disconnect();
};
process.once('SIGTERM', end);
process.once('disconnect', end);
const { port } = server.address() as AddressInfo;
process.send?.({ url: `http://127.0.0.1:${port}` });
