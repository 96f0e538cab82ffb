import type { Block, Line } from './parse-page.js';

interface Props {
  readonly block: Block;
  /** Pictures as data URLs, by file name; one that is missing shows its words. */
  readonly pictures: Readonly<Record<string, string>>;
}

/** One block of an evaluation page. */
export function PageBlock({ block, pictures }: Props) {
  switch (block.kind) {
    case 'heading':
      return block.level === 1 ? (
        <h2>
          <Spans line={block.line} />
        </h2>
      ) : (
        <h3>
          <Spans line={block.line} />
        </h3>
      );
    case 'paragraph':
      return (
        <p>
          <Spans line={block.line} />
        </p>
      );
    case 'list':
      return (
        <ul>
          {block.lines.map((line, index) => (
            <li key={index}>
              <Spans line={line} />
            </li>
          ))}
        </ul>
      );
    case 'picture':
      return <img src={pictures[block.file] ?? ''} alt={block.words} />;
    case 'table':
      return <PageTable {...block} />;
  }
}

function PageTable({ head, rows, isNumber }: Extract<Block, { kind: 'table' }>) {
  const classOf = (column: number): string => (isNumber[column] === true ? 'number' : '');
  return (
    <div class="page-table" tabIndex={0} role="group" aria-label="Table, scrolls sideways">
      <table>
        <thead>
          <tr>
            {head.map((cell, column) => (
              <HeadCell key={column} cell={cell} class={classOf(column)} />
            ))}
          </tr>
        </thead>
        <tbody>
          {rows.map((row, index) => (
            <tr key={index}>
              {row.map((cell, column) => (
                <td key={column} class={classOf(column)}>
                  <Spans line={cell} />
                </td>
              ))}
            </tr>
          ))}
        </tbody>
      </table>
    </div>
  );
}

/** A column without a name has no heading. */
function HeadCell({ cell, class: name }: { readonly cell: Line; readonly class: string }) {
  if (cell.length === 0) return <td class={name} />;
  return (
    <th scope="col" class={name}>
      <Spans line={cell} />
    </th>
  );
}

function Spans({ line }: { readonly line: Line }) {
  return (
    <>
      {line.map(({ look, text }, index) => {
        if (look === 'code') return <code key={index}>{text}</code>;
        return look === 'strong' ? <b key={index}>{text}</b> : text;
      })}
    </>
  );
}
