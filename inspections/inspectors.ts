import { joined } from '../core/bilingual.ts'
import type { DrawInspector } from '../core/decision.ts'
import { Refusal } from '../core/errors.ts'
import { Compile, Type } from '../core/schema.ts'
import { shapeFaults } from '../core/shape-faults.ts'

/** Ids are numbers of cards, never names: the roster is published with every draw. */
const compiled = Compile(
  Type.Array(
    Type.Object(
      {
        inspector: Type.String({ pattern: '^[a-z0-9-]+$' }),
        authority: Type.String({ minLength: 1 }),
        district: Type.String(),
        avoids: Type.Array(Type.String()),
      },
      { additionalProperties: false },
    ),
  ),
)

/** Reads `policies/{set}/inspectors.json`. Errors: `Refusal` with the first place that is wrong. */
export function readInspectors(document: unknown): readonly DrawInspector[] {
  if (!compiled.Check(document)) {
    const subject = { zh: '执法人员名录有误', en: 'The roster of inspectors is wrong' }
    throw new Refusal(joined([subject, joined(shapeFaults(compiled, document).slice(0, 1))], ': '))
  }
  const seen = new Set<string>()
  for (const { inspector } of document) {
    if (seen.has(inspector))
      throw new Refusal({
        zh: `执法人员 ${inspector} 在名录中重复出现`,
        en: `The inspector ${inspector} stands twice on the roster`,
      })
    seen.add(inspector)
  }
  return document
}
