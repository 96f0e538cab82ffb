import type { OnnxStudent } from '../student/onnx-student.js';

const msPerHour = 3_600_000;

/** Prices a student's answer, US dollars a row: the machine's price over its measured run time. */
export const studentPriceOf =
  (machineCostPerHourUsd: number) =>
  ({ runMs }: Pick<OnnxStudent, 'runMs'>): number =>
    (runMs / msPerHour) * machineCostPerHourUsd;
