/** A text that a person reads, in both languages. */
export interface Bilingual {
  readonly zh: string
  readonly en: string
}

/** Both on one line, for whoever reads where no language was chosen: the end of a command, a log of refusals. */
export function inBoth({ zh, en }: Bilingual): string {
  return zh === en ? zh : `${zh} / ${en}`
}

/** The same in each language, made of what several texts say. */
export function joined(texts: readonly Bilingual[], separator = '; '): Bilingual {
  return { zh: texts.map(({ zh }) => zh).join(separator), en: texts.map(({ en }) => en).join(separator) }
}

/** Words that belong to no language: a name, what another program said. */
export function asItIs(text: string): Bilingual {
  return { zh: text, en: text }
}

/** One text that is kept where one text is kept, Chinese on its first line; read back by `unfolded`. */
export function folded({ zh, en }: Bilingual): string {
  const [first, second] = [zh, en].map((text) => text.replaceAll(/\s*\n\s*/g, ' '))
  return first === second ? `${first}` : `${first}\n${second}`
}

/** What was kept before there were two lines stands for both languages. */
export function unfolded(text: string): Bilingual {
  const [zh = '', en = zh] = text.split('\n')
  return { zh, en }
}
