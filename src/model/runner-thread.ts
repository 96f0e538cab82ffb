import { yieldToOthers } from '../threads/yield-to-others.js';

// Before the rest is even read: that takes longer than a small model's whole swap.
yieldToOthers();
await import('./runner-worker.js');
