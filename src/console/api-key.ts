const storedAs = 'understudy-api-key';

/** The key that this tab shows to the gateway; null for none. It ends with the tab. */
export const apiKey = (): string | null => sessionStorage.getItem(storedAs);

export const keepApiKey = (key: string): void => sessionStorage.setItem(storedAs, key);
