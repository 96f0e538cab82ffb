/** Bytes by which every Git LFS pointer file starts. */
const gitLfs = 'version https://git-lfs';

/** Says why ONNX Runtime would not load a model, and what to do about it. */
export function explainLoadFailure(cause: unknown, model: Uint8Array): string {
  const reason = (cause instanceof Error ? cause.message : String(cause)).trim();
  return `ONNX Runtime cannot load the model: ${reason} ${adviceFor(reason, model)}`.trim();
}

const unknownOperator = new RegExp(
  [
    ...['is not a registered function/op', 'No Op registered for', 'No opset import for domain'],
    ...['custom op', 'Unrecognized (op|node)'],
  ].join('|'),
  'i',
);

function adviceFor(reason: string, model: Uint8Array): string {
  if (Buffer.from(model.subarray(0, gitLfs.length)).toString('latin1') === gitLfs)
    return 'The file is a Git LFS pointer, not the model: fetch it with "git lfs pull".';
  if (unknownOperator.test(reason))
    return (
      'It uses an operator that ONNX Runtime does not have (a custom operator, or a newer ' +
      'opset): export it with standard operators only.'
    );
  if (/Unsupported model IR version|opset/i.test(reason))
    return 'Export it with IR version 13 and opset 26 at most.';
  if (/protobuf parsing failed/i.test(reason)) return 'The file is no ONNX model, or is cut short.';
  return '';
}
