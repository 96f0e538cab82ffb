import { createContext } from 'preact';

/** The task that the page shows. */
export const TaskName = createContext('');
