import { showRun } from './distil.js';
import { withTask, type ControlOptions } from './task-control.js';

/** `understudy compress TASK [VERSION]`: a smaller version of one, with a progress bar; then how
 *  it compares, and its verdict. */
export async function compress(
  name: string,
  version: string | null,
  options: ControlOptions,
): Promise<void> {
  await withTask(name, options, async (task) => {
    console.log(`Making ${version ?? 'the student'} of ${name} smaller ${task.where}`);
    await showRun(name, task, (show) => task.compress(version, show));
  });
}
