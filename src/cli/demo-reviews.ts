import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { teacherOf } from '../config/teacher-schema.js';
import { requireDemoPackages } from '../demo/reviews/demo-packages.js';
import { openOipJudge } from '../demo/reviews/oip-judge.js';
import { loadReviewsSplit, teacherRowsPerSource } from '../demo/reviews/reviews-split.js';
import { reviewFigures, reviewPhases } from '../demo/reviews/reviews-story.js';
import { startReviewsTeacher } from '../demo/reviews/start-teacher.js';
import type { OpenDemo } from './demo-task.js';
import { readTask } from './load-settings.js';

/** One caller: what it waits for is the teacher's own time, and rows come in the same order. */
const concurrency = 1;
/** Few rows are held out here, and which ones tells much: so that all readers see one story. */
const seed = 1;

/** Sentences of reviews, with a teacher of its own process behind the Open Inference Protocol. */
export const openReviewsDemo: OpenDemo = async ({ dataDir, env, onUnexpectedEnd }) => {
  requireDemoPackages();
  const { config } = readTask('models/reviews/task.yaml');
  const given = teacherOf(config);
  if (given.kind !== 'oip') throw new TypeError('The demo asks a server.');
  console.log('A teacher reads the sentences that its head is fitted on ...');
  const server = await startReviewsTeacher({
    rowsPerSource: teacherRowsPerSource,
    ...{ cwd: dataDir, env, onUnexpectedEnd },
  });
  console.log(`It answers the Open Inference Protocol at ${server.url}`);
  const here = { ...given, url: server.url };
  const judge = await openOipJudge(config, here, () => Date.now());
  const taskFile = join(dataDir, 'reviews-task.json'); // JSON is YAML.
  await writeFile(taskFile, JSON.stringify({ ...config, teacher: here }, null, 2));
  return {
    ...{ taskFile, config, concurrency, seed },
    rowsWords: 'sentences',
    resultsName: 'demo-reviews',
    phasesOf: async () => reviewPhases(loadReviewsSplit(), config.labels),
    labelByTeacher: judge.labelsOf,
    figuresOf: (phases, seconds) =>
      reviewFigures(phases, { riskMax: config.policy.riskMax, seconds }),
    async close() {
      await judge.close();
      await server.stop();
    },
  };
};
