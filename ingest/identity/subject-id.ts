import { validateUscc } from '../../core/uscc.ts'

const SUBJECT = /^[a-z0-9][a-z0-9.-]{0,63}:\S{1,200}$/

/** Whether a text that a person typed names a subject: a unified code with both check digits, or another registry's id. */
export function isSubject(text: string | undefined, legacyCodes: ReadonlySet<string>): boolean {
  if (text === undefined) return true
  const [scheme, ...id] = text.split(':')
  if (scheme !== 'uscc') return SUBJECT.test(text)
  const verdict = validateUscc(id.join(':'), legacyCodes)
  return verdict === 'ok' || verdict === 'legacy'
}
