import { settings } from '../config/settings.js';

/** For a gateway of a demo or a replay, which is the same whatever the reader's own is set to. */
export const withoutSettings = (env: NodeJS.ProcessEnv): NodeJS.ProcessEnv =>
  Object.fromEntries(Object.entries(env).filter(([name]) => !isSetting(name)));

const isSetting = (name: string): boolean =>
  name.startsWith('UNDERSTUDY_') || settings.some(({ env }) => env === name);
