import { describeEveryCapture } from '../contract/every-capture-contract.js';
import { MemoryCapture } from '../fakes/memory-capture.js';

describeEveryCapture('memory', (now) => Promise.resolve(new MemoryCapture(now)));
