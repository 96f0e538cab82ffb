import { describeBrowse } from '../contract/browse-contract.js';
import { describeCapture } from '../contract/capture-contract.js';
import { describeClients } from '../contract/clients-contract.js';
import { describeFeedback } from '../contract/feedback-contract.js';
import { describeRows } from '../contract/rows-contract.js';
import { describeTeacherChecks } from '../contract/teacher-checks-contract.js';
import { MemoryCapture } from '../fakes/memory-capture.js';

describeCapture('memory', (now) => Promise.resolve(new MemoryCapture(now)));
describeTeacherChecks('memory', () => Promise.resolve(new MemoryCapture()));
describeClients('memory', () => Promise.resolve(new MemoryCapture()));
describeFeedback('memory', () => Promise.resolve(new MemoryCapture()));
describeBrowse('memory', () => Promise.resolve(new MemoryCapture()));
describeRows('memory', () => Promise.resolve(new MemoryCapture()));
