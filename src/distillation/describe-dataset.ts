import type { DatasetReportJson } from '../http/api-types.js';

const whyLeftOut: Readonly<Record<keyof DatasetReportJson['leftOut'], string>> = {
  duplicates: 'came again later',
  heldOut: 'whose inputs are held out, or golden',
  newClients: 'of new clients, which wait',
  nearDuplicates: 'nearly the same as others',
  clientShare: 'of clients that have their share',
};

/** Says what is in a dataset, and what is not: `90 rows to learn from, 10 to validate`. */
export function describeDataset(report: Omit<DatasetReportJson, 'summary'>): string {
  const { trainingRows, validationRows } = report;
  const counts = `${trainingRows} rows to learn from, ${validationRows} to validate`;
  const without = leftOutWords(report.leftOut);
  return without === '' ? counts : `${counts}; left out: ${without}`;
}

/** `5 came again later, 20 of new clients, which wait`; nothing where nothing was. */
export function leftOutWords(leftOut: DatasetReportJson['leftOut']): string {
  return Object.entries(whyLeftOut)
    .map(([name, why]) => ({ rows: leftOut[name as keyof typeof whyLeftOut], why }))
    .filter(({ rows }) => rows > 0)
    .map(({ rows, why }) => `${rows} ${why}`)
    .join(', ');
}
