import { ref, watchEffect } from 'vue'
import type { Bilingual } from '../../../core/bilingual.ts'
import { TEXTS, type TextKey } from './texts.ts'

export type Language = 'zh' | 'en'

const KEPT = 'fengsui-language'

function first(): Language {
  const asked = new URLSearchParams(location.search).get('lang') ?? localStorage.getItem(KEPT)
  return asked === 'en' ? 'en' : 'zh'
}

export const language = ref<Language>(first())

watchEffect(() => {
  document.documentElement.lang = language.value === 'zh' ? 'zh-CN' : 'en'
  document.title = `${TEXTS.product[language.value]} · ${TEXTS.subtitle[language.value]}`
})

export function switchLanguage(): void {
  language.value = language.value === 'zh' ? 'en' : 'zh'
  localStorage.setItem(KEPT, language.value)
}

export function t(key: TextKey, values: Readonly<Record<string, string | number>> = {}): string {
  return TEXTS[key][language.value].replace(/\{(\w+)\}/g, (_, name: string) => String(values[name] ?? ''))
}

type CodePrefix =
  | 'kind'
  | 'family'
  | 'state'
  | 'feed'
  | 'fact'
  | 'reason'
  | 'outcome'
  | 'severity'
  | 'proof'
  | 'fault'
  | 'value'

/** A text whose key is made of a code, where the code may be newer than this page: then the code itself. */
export function tCode(prefix: CodePrefix, code: string): string {
  const key = `${prefix}-${code}`
  return Object.hasOwn(TEXTS, key) ? TEXTS[key as TextKey][language.value] : code
}

export function pick(text: Bilingual | undefined, otherwise: string): string {
  return text?.[language.value] ?? otherwise
}

export function nameOf(names: Readonly<Record<string, Bilingual>>, code: string): string {
  if (code === '') return t('unknown')
  if (code === '*') return t('others')
  return pick(names[code], code)
}
