import type { LogBatch } from '../../core/event-log.ts'
import { canonicalJson, fullHash } from '../../core/hash.ts'
import type { RealmPolicy } from '../../core/policy.ts'
import type { PolicyInForce, PolicyStep } from '../../core/policy-step.ts'
import { REALM } from './city.ts'
import type { Dice } from './dice.ts'
import type { Life } from './network.ts'
import type { LivePorts } from './ports.ts'
import { weekEnd } from './story.ts'

const STAGED = 'reform'

/** A person who brings another policy into force while the city goes on: staged first, wanted later. */
export async function reform(life: Life, ports: LivePorts, dice: Dice, rules: RealmPolicy): Promise<void> {
  const common = { realm: REALM, policy: fullHash(canonicalJson(rules)), by: 'planner', note: '' } as const
  await life.sleep(dice.between(500, 6_000))
  await insist(life, ports, { type: 'policy-staged', id: STAGED, rules, at: life.clock.now(), ...common })
  await life.sleep(dice.between(100, 6_000))
  const from = weekEnd(dice.between(0, 2))
  await insist(life, ports, {
    type: 'policy-activated',
    id: `${STAGED}-wanted`,
    staged: STAGED,
    from,
    at: life.clock.now(),
    ...common,
  })
}

async function insist(life: Life, ports: LivePorts, step: PolicyStep): Promise<void> {
  const bytes = Buffer.from(`${JSON.stringify(step)}\n`)
  const batch = { topic: 'decisions', realm: REALM, shard: 0, count: 1, bytes, progress: [], bulk: false } as const
  for (;;) {
    const isTaken = await ports.log.append([batch]).then(
      () => true,
      () => false,
    )
    if (isTaken) return
    await life.sleep(300)
  }
}

/** The instant from which the other policy is in force, as the log says it; `undefined` where it never was. */
export function reformedFrom(appended: readonly LogBatch[]): number | undefined {
  for (const { topic, bytes } of appended) {
    if (topic !== 'decisions') continue
    for (const line of Buffer.from(bytes).toString().split('\n')) {
      if (!line.includes('"policy-in-force"')) continue
      const step: PolicyInForce = JSON.parse(line)
      if (step.staged === STAGED) return step.from
    }
  }
  return undefined
}
