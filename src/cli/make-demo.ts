import { SingleBar } from 'cli-progress';
import { join } from 'node:path';
import { makeDigits } from '../demo/make-digits.js';
import { InvalidConfigError } from '../errors.js';
import { repositoryRoot } from '../files/repository-root.js';

/** `understudy make-demo digits` */
export async function makeDemo(task: string, options: { keepTeacher?: boolean }): Promise<void> {
  if (task !== 'digits')
    throw new InvalidConfigError(`There is no built-in task "${task}". Known: digits.`);
  const bar = new SingleBar({ format: '{bar} {percentage} % | {what}', barsize: 24 });
  bar.start(1000, 0, { what: '' });
  const made = await makeDigits({
    dir: join(repositoryRoot(), 'models', task),
    keepTeacher: options.keepTeacher === true,
    now: () => Date.now(),
    onProgress: (what, share) => bar.update(Math.round(share * 1000), { what }),
  });
  bar.stop();
  for (const name of ['teacher', 'student'] as const) {
    const { architecture, multiplyAdds, bytes } = made[name].model;
    const accuracy = (made.testAccuracy[name] * 100).toFixed(2);
    console.log(
      `${name}: ${architecture}, ${multiplyAdds} multiply-adds, ${bytes} bytes, ` +
        `test accuracy ${accuracy} %`,
    );
  }
  const [teacherWork, studentWork] = [made.teacher, made.student].map(
    ({ model }) => model.multiplyAdds ?? 0,
  );
  const ratio = teacherWork! / studentWork!;
  console.log(`The teacher does ${ratio.toFixed(0)} times the work of the student.`);
}
