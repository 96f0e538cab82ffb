import type { TaskConfig } from '../config/task-config.js';
import type { DemoPhase } from '../demo/demo-phase.js';
import type { PhaseReport } from '../demo/phase-report.js';
import type { Figure } from '../files/figures-file.js';

/** A task with a story: its traffic, who judges the answers, and what the story must show. */
export interface DemoTask {
  /** Absolute. */
  readonly taskFile: string;
  readonly config: TaskConfig;
  /** What is sent: `real digits`. */
  readonly rowsWords: string;
  /** Requests in flight at once. */
  readonly concurrency: number;
  /** Name of the file that keeps the figures. */
  readonly resultsName: string;
  /** Decides which inputs are held out; null: another draw each time. */
  readonly seed: number | null;
  /** @param url  of the gateway, which has the task by then. */
  readonly phasesOf: (url: string) => Promise<readonly DemoPhase[]>;
  /** The teacher's label of inputs, asked for apart from the gateway. */
  readonly labelByTeacher: (inputs: readonly string[]) => Promise<readonly string[]>;
  /** @param seconds  that the whole demo took. */
  readonly figuresOf: (phases: readonly PhaseReport[], seconds: number) => readonly Figure[];
  close(): Promise<void>;
}

export type OpenDemo = (parts: {
  /** The gateway's; files of the demo may lie beside its own. */
  readonly dataDir: string;
  readonly env: Readonly<Record<string, string | undefined>>;
  /** Called when a process that the demo needs has ended by itself. */
  readonly onUnexpectedEnd: (code: number | null) => void;
}) => Promise<DemoTask>;
