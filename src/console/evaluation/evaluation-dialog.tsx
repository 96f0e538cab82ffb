import { useContext, useEffect, useRef, useState } from 'preact/hooks';
import { getEvaluationFile, type EvaluationOwner } from '../api.js';
import { failureOf, type Failure } from '../failure.js';
import { ProblemNote } from '../parts/problem-note.js';
import { PageBlock } from './page-block.js';
import { parsePage, type Block } from './parse-page.js';
import { TaskName } from './task-name.js';

interface Props {
  readonly of: EvaluationOwner;
  readonly onClose: () => void;
}

interface Page {
  readonly blocks: readonly Block[];
  readonly pictures: Readonly<Record<string, string>>;
}

/** The evaluation page of a run or a version, over the whole window. Escape closes it. */
export function EvaluationDialog({ of, onClose }: Props) {
  const task = useContext(TaskName);
  const dialog = useRef<HTMLDialogElement>(null);
  const [page, setPage] = useState<Page | null>(null);
  const [failure, setFailure] = useState<Failure | null>(null);
  useEffect(() => {
    const shown = dialog.current!;
    const stop = new AbortController();
    shown.showModal();
    loadPage(task, of, stop.signal)
      .then(setPage)
      .catch((error: unknown) => {
        if (!stop.signal.aborted) setFailure(failureOf(error));
      });
    return () => {
      stop.abort();
      shown.close();
    };
  }, []);
  return (
    <dialog ref={dialog} class="dialog evaluation" aria-label="Evaluation" onCancel={onClose}>
      <div class="evaluation-head">
        <button type="button" class="button" onClick={onClose}>
          Close
        </button>
      </div>
      {failure !== null && <ProblemNote failure={failure} />}
      {page === null && failure === null && <p class="empty">Reading the page {'\u2026'}</p>}
      <article>
        {page?.blocks.map((block, index) => (
          <PageBlock key={index} block={block} pictures={page.pictures} />
        ))}
      </article>
    </dialog>
  );
}

/** Pictures are asked for with the key of this page, which an address alone does not carry. */
async function loadPage(task: string, of: EvaluationOwner, signal: AbortSignal): Promise<Page> {
  const blocks = parsePage(await getEvaluationFile(task, { ...of, file: 'evaluation.md' }, signal));
  const files = blocks.flatMap((block) => (block.kind === 'picture' ? [block.file] : []));
  const pictures = files.map(async (file) => {
    const svg = await getEvaluationFile(task, { ...of, file }, signal);
    return [file, `data:image/svg+xml;charset=utf-8,${encodeURIComponent(svg)}`] as const;
  });
  return { blocks, pictures: Object.fromEntries(await Promise.all(pictures)) };
}
