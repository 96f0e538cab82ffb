import { Command } from 'commander';
import { GatewayError } from '../errors.js';
import { programVersion } from '../files/code-version.js';
import type { CheckOptions } from './check.js';
import type { DemoOptions } from './demo.js';
import type { DocsOptions } from './docs.js';
import { exitCodesHelp } from './exit-code-of-run.js';
import type { ExportOptions } from './export.js';
import type { ImportOptions } from './import.js';
import type { EvaluateOptions } from './evaluate.js';
import type { KeyOptions } from './key.js';
import type { ReplayOptions } from './replay.js';
import type { ControlOptions } from './task-control.js';
import type { ServeOptions } from './serve.js';
import type { TradeoffOptions } from './tradeoff.js';

/** As `keys/api-key.ts` has them, which `serve` without keys does not read. */
const scopesHelp = 'what it is for, of predict, override, read, operate, separated by commas';

const inputColumnOption = [
  '--input-column <name>',
  'column with the inputs (default: text, input, image, ...), or with commas between those of ' +
    'the elements of a tensor',
] as const;
const labelColumnOption = [
  '--label-column <name>',
  'column with the labels (default: label, category, ...)',
] as const;

/** Runs one command. Commands are loaded when they are asked for: `serve` starts the sooner. */
export async function runCli(argv: readonly string[]): Promise<void> {
  const program = new Command('understudy')
    .description('A small student answers, a large teacher helps when it is unsure.')
    .version(programVersion())
    .showHelpAfterError();

  program
    .command('serve')
    .description('run the gateway')
    .option('--config <file>', 'configuration file (default: understudy.yaml, if it is there)')
    .option('--port <port>', 'port to listen on, 0 for any free one')
    .option('--workers <count>', 'processes that answer predictions (default: 1)')
    .option('--data-dir <dir>', 'directory of the capture log and the students')
    .option('--check', 'check the configuration and the models, then end')
    .action(async (options: ServeOptions) => (await import('./serve.js')).serve(options));

  addTaskCommands(program);
  addRowCommands(program);
  program
    .command('check <bundle>')
    .description('say everything that stands against serving a bundle directory (or an .onnx file)')
    .option('--task <file>', 'a task file that it shall fit')
    .option('--limit <seconds>', 'longest time for one run of the model', '120')
    .action(async (bundle: string, options: CheckOptions) =>
      (await import('./check.js')).checkCommand(bundle, options),
    );
  program
    .command('key <name>')
    .description('make an API key: shows it once, and prints its entry for the keys file')
    .option('--scopes <list>', scopesHelp, 'predict')
    .option('--tasks <list>', 'the tasks that it is for (default: all)')
    .option('--usd-per-hour <usd>', 'what answers to its callers may cost (default: any)')
    .action(async (name: string, options: KeyOptions) =>
      (await import('./key.js')).key(name, options),
    );
  program
    .command('demo')
    .argument('[task]', 'digits (images), or reviews (texts, whose traffic drifts)', 'digits')
    .description('show the whole story by itself: serve, escalate, capture, re-distil, promote')
    .option('--keep <dir>', 'work in this directory and keep it')
    .option('--seed <text>', 'decides which inputs are held out (reviews: 1; digits: chance)')
    .action(async (task: string, options: DemoOptions) =>
      (await import('./demo.js')).demo(task, options),
    );
  addReplay(program);
  program
    .command('docs')
    .description('print the tables of the documents: settings, errors, metrics, ...')
    .option('--write <files...>', 'put them into these files, between their markers')
    .option('--schemas <dir>', 'write the JSON schemas of bundles and task files into this folder')
    .action(async (options: DocsOptions) => (await import('./docs.js')).docs(options));
  program
    .command('make-demo <task>')
    .description('make the models and data of the built-in task again from scratch (digits)')
    .option('--keep-teacher', 'keep the teacher that is there')
    .action(async (task: string, options: { keepTeacher?: boolean }) =>
      (await import('./make-demo.js')).makeDemo(task, options),
    );

  try {
    await program.parseAsync([...argv]);
  } catch (error) {
    if (!(error instanceof GatewayError)) throw error;
    console.error(error.message);
    process.exitCode = 1;
    endSoon();
  }
}

/** What still waits to be written, or closed, has so long, ms. */
const endMsMax = 5000;

/** A thread inside a model that never ends keeps the process: process.exit would wait for it. */
function endSoon(): void {
  setTimeout(() => process.kill(process.pid, 'SIGKILL'), endMsMax).unref();
}

function addReplay(program: Command): void {
  program
    .command('replay <dataset>')
    .description(
      'send a labelled file (CSV, TSV, JSON, JSONL, Parquet) through a gateway of its own, from ' +
        'a cold start, and report the share of the student, its agreement, accuracy and cost by ' +
        'window',
    )
    .option('--task <file>', "a task file; without one the file's texts and labels are the task")
    .option('--teacher <who>', "configured, or labels: the file's labels stand in", 'configured')
    .option('--warm', "start with the task's own student")
    .option(...inputColumnOption)
    .option(...labelColumnOption)
    .option('--rows <count>', 'rows to send at most', '100000')
    .option('--shuffle', 'send the rows in random order', true)
    .option('--no-shuffle', "keep the file's order")
    .option('--seed <number>', 'of the order, the draws and the students', '1')
    .option('--seeds <count>', 'repeat with so many seeds', '1')
    .option('--windows <count>', 'parts of the stream to report', '10')
    .option('--risk <share>', "of the student's answers that may differ (default: 0.05)")
    .option('--delta <share>', 'probability with which that may fail (default: 0.1)')
    .option('--price <usd>', 'of one teacher row, where labels stand in (default: 0.001)')
    .option('--out <dir>', 'for the report (default: replay-NAME-TIME)')
    .action(async (dataset: string, options: ReplayOptions) =>
      (await import('./replay.js')).replay(dataset, options),
    );
}

/** Commands about the student of one task. */
function addTaskCommands(program: Command): void {
  withControlOptions(program.command('distil <task>'))
    .description('teach the student what was captured; promote it if it passes every gate')
    .addHelpText('after', exitCodesHelp)
    .action(async (task: string, options: ControlOptions) =>
      (await import('./distil.js')).distil(task, options),
    );
  withControlOptions(program.command('cancel <task> [run]'))
    .description('cancel a run that is going on; the student that serves goes on')
    .action(async (task: string, run: string | undefined, options: ControlOptions) =>
      (await import('./cancel.js')).cancel(task, run ?? null, options),
    );
  withControlOptions(program.command('compress <task> [version]'))
    .description(
      'make a version with weights in 8 bits (of the one that serves, or of the one named); ' +
        'promote it if it passes every gate',
    )
    .addHelpText('after', exitCodesHelp)
    .action(async (task: string, version: string | undefined, options: ControlOptions) =>
      (await import('./compress.js')).compress(task, version ?? null, options),
    );
  withControlOptions(program.command('tradeoff <task>'))
    .description('show what each target of risk would buy: agreement, coverage, cost')
    .option('--set <riskMax>', 'make this the target, such as 0.02; the threshold is fitted anew')
    .option('--svg <file>', 'draw the curve into this file, too')
    .action(async (task: string, options: TradeoffOptions) =>
      (await import('./tradeoff.js')).tradeoff(task, options),
    );
  withControlOptions(program.command('evaluate <version> <other>'))
    .description('compare two versions of a student on rows that neither was trained on')
    .option('--task <task>', 'where several tasks have both versions')
    .option('--out <dir>', 'for the page (default: evaluation-VERSION-OTHER)')
    .action(async (version: string, other: string, options: EvaluateOptions) =>
      (await import('./evaluate.js')).evaluate(version, other, options),
    );
  withControlOptions(program.command('students <task>'))
    .description('list the versions of the student')
    .action(async (task: string, options: ControlOptions) =>
      (await import('./versions.js')).listStudents(task, options),
    );
  withControlOptions(program.command('add <task> <bundle>'))
    .description('take in a bundle that was made elsewhere, as the next version of the student')
    .option('--promote', 'put it in front, too')
    .action(async (task: string, bundle: string, options: ControlOptions & { promote?: boolean }) =>
      (await import('./add.js')).add(task, bundle, options),
    );
  withControlOptions(program.command('promote <task> <version>'))
    .description('put a version in front')
    .action(async (task: string, version: string, options: ControlOptions) =>
      (await import('./versions.js')).promote(task, version, options),
    );
  withControlOptions(program.command('rollback <task>'))
    .description('go back to the version before')
    .action(async (task: string, options: ControlOptions) =>
      (await import('./versions.js')).rollback(task, options),
    );
}

/** Commands about the rows of one task. */
function addRowCommands(program: Command): void {
  withControlOptions(program.command('export <task>'))
    .description('write all captured rows into a file: JSONL, CSV or Parquet')
    .option(
      '--format <format>',
      'jsonl, csv or parquet (default: by the ending of --out, or jsonl)',
    )
    .option('--out <file>', 'the file (default: TASK.FORMAT)')
    .action(async (task: string, options: ExportOptions) =>
      (await import('./export.js')).exportCommand(task, options),
    );
  withControlOptions(program.command('import <task> <file>'))
    .description(
      'take rows in to learn from (CSV, TSV, JSONL, Parquet): inputs with labels, or a log of ' +
        'OpenAI chat completions',
    )
    .option(
      '--kind <kind>',
      'rows: a column of inputs and one of labels; chat: requests with their answers',
      'rows',
    )
    .option(...inputColumnOption)
    .option(...labelColumnOption)
    .option('--after <text>', 'in a prompt, the input comes after this')
    .option('--before <text>', 'in a prompt, the input ends before this')
    .action(async (task: string, file: string, options: ImportOptions) =>
      (await import('./import.js')).importCommand(task, file, options),
    );
}

const withControlOptions = (command: Command): Command =>
  command
    .option('--config <file>', 'configuration file of the gateway')
    .option('--data-dir <dir>', 'data directory of the gateway');
