import type { Bilingual } from '../core/bilingual.ts'

export type Language = 'zh' | 'en'

/** The console's language: that of the terminal, by LC_ALL, LC_MESSAGES or LANG. */
export function languageOf(environment: Readonly<Record<string, string | undefined>>): Language {
  const named = environment.LC_ALL || environment.LC_MESSAGES || environment.LANG || ''
  return named.toLowerCase().startsWith('zh') ? 'zh' : 'en'
}

export const say = (text: Bilingual, language: Language): string => text[language]
