import { fileURLToPath } from 'node:url';
import { startProcess, type ChildServer } from '../../replay/start-process.js';

/**
 * Starts the demo's teacher in a process of its own: an Open Inference Protocol server of the model
 * `reviews`. It reads its training sentences first, about 20 ms each.
 *
 * @param options  rowsPerSource: sentences of each source that its head is fitted on.
 */
export const startReviewsTeacher = (options: {
  readonly rowsPerSource: number;
  readonly cwd: string;
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly onUnexpectedEnd: (code: number | null) => void;
}): Promise<ChildServer> =>
  startProcess({
    ...options,
    name: 'The teacher',
    entry: fileURLToPath(new URL('./teacher-process.js', import.meta.url)),
    argv: [String(options.rowsPerSource)],
  });
