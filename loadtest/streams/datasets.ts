import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { createSeededDraw, shuffle } from '../../src/distillation/seeded-draw.js';

/** A text and its label, as CLINC150's own file has them. */
type Pair = readonly [text: string, label: string];
type ClincFile = Readonly<Record<'train' | 'oos_train' | 'oos_val' | 'oos_test', readonly Pair[]>>;

function readClinc(dataDir: string): ClincFile {
  const path = join(dataDir, 'clinc150', 'data_full.json');
  return JSON.parse(readFileSync(path, 'utf8')) as ClincFile;
}

function writePairs(path: string, pairs: readonly Pair[]): string {
  const lines = pairs.map(([text, label]) => JSON.stringify({ text, label }));
  writeFileSync(path, `${lines.join('\n')}\n`);
  return path;
}

/** The 15 000 training rows of CLINC150, as JSONL. @returns its path. */
export const writeClinc = (dataDir: string, dir: string): string =>
  writePairs(join(dir, 'clinc150.jsonl'), readClinc(dataDir).train);

export interface ShiftedStream {
  readonly path: string;
  /** Rows before the first that may be out of scope. */
  readonly shiftAtRow: number;
}

/**
 * CLINC150's training rows in random order, and all of its out-of-scope queries mixed into the
 * second half: their label, `oos`, is one that the student has never seen until then.
 */
export function writeShiftedClinc(dataDir: string, dir: string, seed: number): ShiftedStream {
  const clinc = readClinc(dataDir);
  const draw = createSeededDraw(seed);
  const inScope = shuffle([...clinc.train], draw);
  const shiftAtRow = Math.floor(inScope.length / 2);
  const outOfScope = [...clinc.oos_train, ...clinc.oos_val, ...clinc.oos_test];
  const second = shuffle([...inScope.slice(shiftAtRow), ...outOfScope], draw);
  const path = join(dir, `clinc150-oos-${seed}.jsonl`);
  return { path: writePairs(path, [...inScope.slice(0, shiftAtRow), ...second]), shiftAtRow };
}
