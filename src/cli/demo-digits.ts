import { join } from 'node:path';
import { teacherOf } from '../config/teacher-schema.js';
import { demoTime, lowestAgreement, shareRise } from '../demo/demo-figures.js';
import { equalPhases } from '../demo/demo-phase.js';
import { openModel } from '../demo/open-model.js';
import { readSamples } from '../demo/read-samples.js';
import type { DemoTask } from './demo-task.js';
import { readTask } from './load-settings.js';

const phaseCount = 3;
/** Enough to keep the gateway busy, few enough that callers wait for answers and not in queues. */
const concurrency = 4;
const secondsMax = 180;
const shareRisePointsMin = 30;

/** The built-in task. Its teacher is a local model, opened once more to judge the answers. */
export async function openDigitsDemo(): Promise<DemoTask> {
  const { config, dir } = readTask('models/digits/task.yaml');
  const teacher = teacherOf(config);
  if (teacher.kind !== 'onnx') throw new TypeError('The demo asks a local model.');
  const model = await openModel(join(dir, teacher.bundle));
  const command = 'npm run demo';
  return {
    taskFile: join(dir, 'task.yaml'),
    config,
    concurrency,
    rowsWords: 'real digits',
    resultsName: 'demo',
    seed: null,
    phasesOf: async (url) => equalPhases('digits', await readSamples(url, config.name), phaseCount),
    async labelByTeacher(inputs) {
      const images = inputs.map((input) => Buffer.from(input, 'base64'));
      return (await model.label(images)).map(({ label }) => config.labels[label]!);
    },
    figuresOf: (phases, seconds) => [
      shareRise([phases[0]!, phases.at(-1)!], {
        name: "rise of the student's share from the first phase to the last",
        pointsMin: shareRisePointsMin,
        command,
      }),
      lowestAgreement(phases, { riskMax: config.policy.riskMax, command }),
      demoTime(seconds, { secondsMax, command }),
    ],
    close: () => model.close(),
  };
}
