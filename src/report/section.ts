/** A part of a page, with the pictures that it shows. */
export interface Section {
  /** Blocks of Markdown. */
  readonly blocks: readonly string[];
  /** Pictures, by file name. */
  readonly pictures?: Readonly<Record<string, string>>;
}

export const noSection: Section = { blocks: [] };

/** @param words  what it shows, of our own making. */
export const pictureBlock = (words: string, file: string): string => `![${words}](${file})`;
