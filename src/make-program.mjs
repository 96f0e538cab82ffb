// Makes one program of the built modules and of the packages they use: `dist/program/main.js`.
// Hundreds of small files take Node half of a start to find and read. Threads and child processes
// run the modules in `dist/src` as before.
import { fileURLToPath } from 'node:url';
import { build } from 'rolldown';

const dist = new URL('../dist/', import.meta.url);
const modules = fileURLToPath(new URL('src/', dist));

await build({
  input: fileURLToPath(new URL('src/main.js', dist)),
  platform: 'node',
  // Packages with binaries, or that look for such of their own.
  external: ['libsql', 'onnxruntime-node', 'pg'],
  output: { dir: fileURLToPath(new URL('program/', dist)), format: 'esm', cleanDir: true },
  logLevel: 'warn',
  plugins: [{ name: 'keep-places', transform: keepPlace }],
});

/** A module that asks where it is gets the place of its file: those that it starts are there. */
function keepPlace(code, id) {
  if (!id.startsWith(modules)) return null;
  const path = `../src/${id.slice(modules.length)}`;
  const place = `new URL(${JSON.stringify(path)}, import.meta.url).href`;
  return { code: code.replaceAll('import.meta.url', place), map: null };
}
