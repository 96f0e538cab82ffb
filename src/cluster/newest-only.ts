export interface NewestOnly {
  /** Sends what is newest: now, or when what was sent before has been answered. */
  send(): void;
  /** Resolves when there is nothing left to be sent. */
  idle(): Promise<void>;
}

/** Has one message on its way at most, however fast what it tells changes. */
export function createNewestOnly(sendNow: () => Promise<unknown>): NewestOnly {
  let isOwed = false;
  let sending: Promise<void> | null = null;

  async function work(): Promise<void> {
    while (isOwed) {
      isOwed = false;
      await sendNow().catch(() => {}); // The other end has gone; nobody waits there.
    }
    sending = null;
  }
  return {
    send() {
      isOwed = true;
      sending ??= work();
    },
    idle: async () => void (await sending),
  };
}
