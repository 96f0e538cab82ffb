import { jsonReply, startTeacherServer, type TeacherReply } from './teacher-server.js';

/** What the server does with a request. All but `busy` is on its bill, whatever is answered. */
export type Deed = 'answer' | 'slow' | 'busy' | 'error' | 'junk' | 'refuse' | 'hang';

/** One course of a test at the server. */
export interface BilledCourse {
  /** In turn, for ever. */
  readonly deeds: readonly Deed[];
  /** Called after each request that was billed. */
  readonly onBill: () => void;
  /** US dollars. */
  billed: number;
  turn: number;
}

/** US dollars for a million tokens. */
export const chatPrices = { inputUsdPerMillion: 1000, outputUsdPerMillion: 2000 };
const tokens = { prompt_tokens: 40, completion_tokens: 5 };
export const chatUsd = (40 * 1000 + 5 * 2000) / 1e6;
/** Of an endpoint that takes rows. */
export const rowUsd = 0.05;
const slowMs = 8;

/**
 * A server that writes a bill of its own, for chats (`/COURSE/chat/completions`) and for rows
 * (`/COURSE/rows`): what it has billed is what a budget must not be below.
 */
export async function startBillingServer(courses: ReadonlyMap<string, BilledCourse>) {
  const { url } = await startTeacherServer(async ({ path, text }) => {
    const [, name = '', kind] = path.split('/');
    const course = courses.get(name);
    const deed = course?.deeds[course.turn++ % course.deeds.length];
    if (course === undefined || deed === undefined || deed === 'busy')
      return jsonReply({ error: { message: 'slow down' } }, 429);
    const rows = (JSON.parse(text) as { inputs?: readonly string[] }).inputs?.length ?? 1;
    course.billed += kind === 'chat' ? chatUsd : rows * rowUsd;
    course.onBill();
    if (deed === 'hang') return new Promise<TeacherReply>(() => {});
    if (deed === 'slow') await new Promise((resolve) => setTimeout(resolve, slowMs));
    if (deed === 'error') return jsonReply({ error: { message: 'broken' } }, 500);
    return kind === 'chat' ? chatReply(deed) : rowsReply(deed, rows);
  });
  return url;
}

function chatReply(deed: Deed): TeacherReply {
  const content = deed === 'junk' ? 'Well.' : '{"label":"glad"}';
  const refusal = deed === 'refuse' ? 'No.' : null;
  const message = { role: 'assistant', content, refusal };
  return jsonReply({ choices: [{ message, finish_reason: 'stop' }], usage: tokens });
}

const rowsReply = (deed: Deed, rows: number): TeacherReply =>
  deed === 'answer' || deed === 'slow'
    ? jsonReply({ labels: Array.from({ length: rows }, () => 'glad') })
    : jsonReply({ labels: [] });
