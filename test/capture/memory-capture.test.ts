import { describeCapture } from '../contract/capture-contract.js';
import { describeClients } from '../contract/clients-contract.js';
import { describeTeacherChecks } from '../contract/teacher-checks-contract.js';
import { MemoryCapture } from '../fakes/memory-capture.js';

describeCapture('memory', (now) => Promise.resolve(new MemoryCapture(now)));
describeTeacherChecks('memory', () => Promise.resolve(new MemoryCapture()));
describeClients('memory', () => Promise.resolve(new MemoryCapture()));
