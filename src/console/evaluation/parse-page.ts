/** A stretch of text in one look. */
export interface Span {
  readonly look: 'plain' | 'code' | 'strong';
  readonly text: string;
}
export type Line = readonly Span[];

export type Block =
  | { readonly kind: 'heading'; readonly level: 1 | 2; readonly line: Line }
  | { readonly kind: 'paragraph'; readonly line: Line }
  | { readonly kind: 'list'; readonly lines: readonly Line[] }
  | { readonly kind: 'picture'; readonly words: string; readonly file: string }
  | {
      readonly kind: 'table';
      readonly head: readonly Line[];
      readonly rows: readonly (readonly Line[])[];
      /** [columns] numbers stand to the right. */
      readonly isNumber: readonly boolean[];
    };

/**
 * Reads the Markdown of an evaluation page: the few kinds of blocks that the gateway writes, and no
 * others. What it does not know is a paragraph; nothing becomes more than a text.
 */
export const parsePage = (markdown: string): readonly Block[] =>
  markdown
    .split('\n\n')
    .map((block) => block.trim())
    .filter((block) => block !== '')
    .map(blockOf);

function blockOf(block: string): Block {
  const heading = /^(#{1,2}) (.*)$/.exec(block);
  if (heading !== null)
    return {
      kind: 'heading',
      level: heading[1] === '#' ? 1 : 2,
      line: lineOf(heading[2]!),
    };
  const picture = /^!\[([^\]]*)\]\(([a-z]+\.svg)\)$/.exec(block);
  if (picture !== null) return { kind: 'picture', words: picture[1]!, file: picture[2]! };
  const lines = block.split('\n');
  if (lines.every((line) => line.startsWith('- ')))
    return { kind: 'list', lines: lines.map((line) => lineOf(line.slice(2))) };
  const [head, rule, ...rows] = lines.map(cellsOf);
  if (head === undefined || rule === undefined || lines.some((line) => !line.startsWith('|')))
    return { kind: 'paragraph', line: lineOf(block) };
  return {
    kind: 'table',
    head: head.map(lineOf),
    rows: rows.map((row) => row.map(lineOf)),
    isNumber: rule.map((cell) => cell.endsWith(':')),
  };
}

/** Of `| a | b |`; a bar after a backslash is a part of its cell. */
const cellsOf = (line: string): string[] =>
  [...line.slice(1).matchAll(/((?:\\.|[^\\|])*)\|/g)].map(([, cell]) => cell!.trim());

/** `code`, **strong**, and signs that a backslash makes plain. */
const piece = /`([^`]+)`|\*\*((?:\\.|[^*\\])+)\*\*|\\(.)|[^`*\\]+|./gsu;

function lineOf(text: string): Line {
  const spans: Span[] = [];
  for (const [all, code, strong, sign] of text.matchAll(piece)) {
    if (code !== undefined) spans.push({ look: 'code', text: code });
    else if (strong !== undefined)
      spans.push({ look: 'strong', text: strong.replaceAll(/\\(.)/gsu, '$1') });
    else spans.push({ look: 'plain', text: sign ?? all });
  }
  return spans;
}
