import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { repositoryRoot } from '../../src/files/repository-root.js';

export interface Instruction {
  /** In capitals. */
  readonly name: string;
  /** The rest of it, with its lines joined. */
  readonly text: string;
}

export interface Stage {
  readonly name: string | null;
  readonly image: string;
  readonly instructions: readonly Instruction[];
}

/** Reads the stages of `deploy/Dockerfile`. */
export function readDockerfile(): readonly Stage[] {
  return stagesOf(readFileSync(join(repositoryRoot(), 'deploy', 'Dockerfile'), 'utf8'));
}

export function stagesOf(dockerfile: string): readonly Stage[] {
  const stages: (Stage & { instructions: Instruction[] })[] = [];
  const joined = dockerfile
    .split('\n')
    .filter((line) => !/^\s*(#|$)/.test(line))
    .join('\n')
    .replace(/\s*\\\n\s*/g, ' ');
  for (const line of joined.split('\n')) {
    const [, name, text] = /^(\S+)\s+(.*)$/.exec(line) ?? [];
    if (name === undefined || text === undefined) throw new Error(`Not an instruction: ${line}`);
    if (name.toUpperCase() === 'FROM') {
      const [, image, stage] = /^(\S+)(?:\s+AS\s+(\S+))?$/i.exec(text)!;
      stages.push({ name: stage ?? null, image: image!, instructions: [] });
    } else stages.at(-1)!.instructions.push({ name: name.toUpperCase(), text });
  }
  return stages;
}

/** The texts of all instructions of a name. */
export const textsOf = ({ instructions }: Stage, name: string): string[] =>
  instructions.filter((instruction) => instruction.name === name).map(({ text }) => text);

export interface Copy {
  /** Stage that it copies from; null for the repository. */
  readonly from: string | null;
  readonly sources: readonly string[];
  readonly target: string;
}

export const copiesOf = (stage: Stage): Copy[] =>
  textsOf(stage, 'COPY').map((text) => {
    const words = text.split(/\s+/);
    const from = words.find((word) => word.startsWith('--from='))?.slice('--from='.length) ?? null;
    const paths = words.filter((word) => !word.startsWith('--'));
    return { from, sources: paths.slice(0, -1), target: paths.at(-1)! };
  });

/** The variables that a stage sets. */
export const environmentOf = (stage: Stage): Readonly<Record<string, string>> =>
  Object.fromEntries(
    textsOf(stage, 'ENV')
      .flatMap((text) => text.split(/\s+/))
      .map((pair) => pair.split('=') as [string, string]),
  );

/** The command of an instruction in exec form. @throws {SyntaxError} when it is in shell form. */
export function commandOf(stage: Stage, name: 'ENTRYPOINT' | 'CMD' | 'HEALTHCHECK'): string[] {
  const [text] = textsOf(stage, name);
  return JSON.parse((text ?? '').replace(/^.*?(?=\[)/, '')) as string[];
}
