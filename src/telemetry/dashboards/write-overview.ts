import { writeFile } from 'node:fs/promises';
import { overviewDashboard } from './overview.js';

/*
 * `npm run dashboards`: writes the dashboard to the file that is the first argument. Prettier lays
 * it out afterwards, like every file of the repository.
 */

const [, , path] = process.argv;
if (path === undefined) throw new Error('Name the file to write.');
await writeFile(path, JSON.stringify(overviewDashboard(), null, 2));
