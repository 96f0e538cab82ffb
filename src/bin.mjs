#!/usr/bin/env node
// What `npx understudy` runs. It has to be a file of the repository: npm makes no command of a path
// where nothing is yet, and does not look again. The program itself is built; where it is not, the
// set-up installs and builds first.
import { existsSync } from 'node:fs';

const main = new URL('../dist/program/main.js', import.meta.url);
await import(existsSync(main) ? main : new URL('./setup.mjs', import.meta.url));
