import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { stringify } from 'yaml';
import { bundleFormat } from '../../src/registry/bundle.js';

export interface HandWritten {
  readonly model: Uint8Array;
  /** What a person would write: no more than is needed. */
  readonly manifest: Readonly<Record<string, unknown>>;
  /** Contents by name. */
  readonly files?: Readonly<Record<string, string | Uint8Array>>;
}

/** Writes a bundle as a person would: without checksums, versions or dates. */
export function writeHandWritten(
  dir: string,
  { model, manifest, files = {} }: HandWritten,
): string {
  mkdirSync(dir, { recursive: true });
  writeFileSync(join(dir, 'model.onnx'), model);
  for (const [name, content] of Object.entries(files)) writeFileSync(join(dir, name), content);
  const written = { format: bundleFormat, model: {}, ...manifest };
  writeFileSync(join(dir, 'manifest.json'), JSON.stringify(written));
  return dir;
}

/** Writes such a bundle, and a task that has it for its student and its teacher. */
export function writeHandWrittenTask(dir: string, name: string, bundle: HandWritten): string {
  writeHandWritten(join(dir, 'bundle'), bundle);
  const path = join(dir, 'task.yaml');
  const { input, labels } = bundle.manifest;
  const teacher = { kind: 'onnx', name: 'itself', bundle: './bundle', costPerRowUsd: 0.01 };
  const policy = { riskMax: 0.05 };
  writeFileSync(
    path,
    stringify({ name, title: name, input, labels, student: './bundle', teacher, policy }),
  );
  return path;
}
