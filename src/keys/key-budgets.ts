import type { JsonFile } from '../files/json-file.js';
import { BudgetAccount, type Reservation, type SavedAccount } from '../serving/budget-account.js';
import type { KeyAccounts } from '../serving/joint-budget.js';
import type { KeyBudget } from '../task/task-service.js';

/** What every key has spent, by its name. */
export type SavedKeyAccounts = Readonly<Record<string, SavedAccount>>;

export interface KeyBudgetsParts {
  readonly file: Pick<JsonFile<SavedKeyAccounts>, 'read' | 'write'>;
  /** Called when what was spent could not be written down. */
  readonly onUnsaved: (error: unknown) => void;
  /** ms since the epoch. */
  readonly now: () => number;
}

/**
 * Keeps the hourly budgets of API keys: what a key's callers make the teachers of all tasks cost.
 * There is one, in the process that has the teachers, whatever process a request comes to. Labels
 * that nobody waits for are the operator's, not the key's.
 */
export class KeyBudgets implements KeyAccounts {
  private readonly accounts = new Map<
    string,
    { account: BudgetAccount; usdPerHour: number | null }
  >();

  private constructor(
    private readonly parts: KeyBudgetsParts,
    private saved: SavedKeyAccounts,
  ) {}

  /** @throws {InvalidConfigError} when the file can not be read: what it says is spent stays so. */
  static async open(parts: KeyBudgetsParts): Promise<KeyBudgets> {
    return new KeyBudgets(parts, (await parts.file.read()) ?? {});
  }

  ready({ key, usdPerHour }: KeyBudget, rows: number, rowUsd: number): Promise<void> {
    return this.accountOf(key, usdPerHour).ready(rows, rowUsd);
  }

  reserve({ key, usdPerHour }: KeyBudget, rows: number, rowUsd: number): Reservation {
    return this.accountOf(key, usdPerHour).reserve(rows, 'answer', rowUsd);
  }

  /** US dollars that were spent in the last hour, with what calls in flight may cost at most. */
  spentUsd(key: string): number {
    const account = (this.accounts.get(key) ?? this.openAccount(key)).account;
    return account.spentOf('usd');
  }

  /** Writes down that nothing more is spent. */
  async close(): Promise<void> {
    for (const { account } of this.accounts.values()) await account.close();
  }

  private accountOf(key: string, usdPerHour: number): BudgetAccount {
    const known = this.accounts.get(key) ?? this.openAccount(key);
    if (known.usdPerHour !== usdPerHour) {
      known.account.setLimits({ unit: 'usd', perHour: usdPerHour, perRow: leastUsd });
      known.usdPerHour = usdPerHour;
    }
    return known.account;
  }

  private openAccount(key: string): { account: BudgetAccount; usdPerHour: number | null } {
    const { file, onUnsaved, now } = this.parts;
    const account = new BudgetAccount({
      saved: this.saved[key] ?? null,
      save: (written) => {
        this.saved = { ...this.saved, [key]: written };
        return file.write(this.saved);
      },
      ...{ onUnsaved, now },
    });
    const opened = { account, usdPerHour: null };
    this.accounts.set(key, opened);
    return opened;
  }
}

/** A row that costs less, US dollars, is nothing that a bucket is made for. */
const leastUsd = 1e-9;
