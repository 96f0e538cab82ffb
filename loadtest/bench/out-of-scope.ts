import { missingTextData, readClinc150, readClincOutOfScope } from '../text-data.js';
import { atLeast, atMost, told } from './bounded-figure.js';
import type { Measurement } from './measurement.js';
import { measureScope, scopeShares, scopeWords } from './scope.js';
import { tableOf } from './table.js';
import { trainOnRows } from './text-students.js';

/** What a student of CLINC150 does with queries of intents that it has never seen. */
export const outOfScope: Measurement = {
  name: 'out-of-scope',
  question: 'How many queries unlike anything seen does a sure student answer, and what helps?',
  missing: missingTextData,
  async measure(context) {
    const { command, isQuick } = context;
    const rows = isQuick ? 1000 : 15_000;
    const data = await readClinc150();
    const strange = (await readClincOutOfScope()).map(({ input }) => input);
    context.say(`training on ${rows} rows`);
    const trained = await trainOnRows(context, data, rows);
    const student = { ...trained, task: data.task, inside: data.test };
    const scope = await measureScope(student, new Map([['out of scope', strange]]));
    const [{ auroc, answeredUnguarded, answeredAt }] = scope.reports as [
      (typeof scope.reports)[number],
    ];
    const named = (figure: string, value: number) => ({
      figure: `clinc150, student of ${rows} rows: ${figure}`,
      ...{ value, unit: 'of 1', command },
    });
    const lines = scopeShares.map((share, at) => [share, answeredAt[at]!, scope.insideAt[at]!]);
    const table = tableOf(
      ['outOfScopeShare', 'out of scope answered', 'in scope answered'],
      [['no guard', answeredUnguarded, scope.insideUnguarded], ...lines],
    );
    return {
      figures: [
        atLeast(
          auroc.byConfidence,
          named('AUROC of novelty, confidence alone as target', auroc.byNovelty),
        ),
        atMost(answeredUnguarded, named('out of scope answered at share 0.01', answeredAt[0]!)),
        told(named('out of scope answered without a guard', answeredUnguarded)),
        ...scopeShares.flatMap((share, at) => [
          told(named(`in scope answered at share ${share}`, scope.insideAt[at]!)),
          ...(at === 0
            ? []
            : [told(named(`out of scope answered at share ${share}`, answeredAt[at]!))]),
        ]),
      ],
      report:
        `${table}\n\nAUROC, out-of-scope test queries against the in-scope ones: novelty ` +
        `${auroc.byNovelty.toFixed(3)}, one less confidence ${auroc.byConfidence.toFixed(3)}. ` +
        scopeWords,
    };
  },
};
