import { workerData } from 'node:worker_threads';
import { serveThread } from '../threads/serve-thread.js';
import { parquetPages, type ParquetPage } from './parquet-pages.js';

/** The thread behind `parquetRows`: each call is answered by the next page of its file. */
await serveThread<null, ParquetPage>(() => {
  const pages = parquetPages(workerData as string);
  return {
    async answer() {
      const { value } = await pages.next();
      if (value === undefined) throw new Error('The file has no further page.');
      return { result: value };
    },
    close: () => {},
  };
});
