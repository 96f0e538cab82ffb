/**
 * Builds the page into `dist/console`. A plain object: vite's own types would bring Node's into a
 * program that runs in browsers.
 */
export default {
  base: './', // The gateway may stand behind a path of a proxy.
  oxc: { jsx: { runtime: 'automatic', importSource: 'preact' } },
  build: {
    target: 'es2022',
    outDir: '../../dist/console',
    emptyOutDir: true,
    modulePreload: false, // There is one script.
  },
};
