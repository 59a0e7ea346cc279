import type { Decision } from '../../core/decision.ts'
import type { Warning } from '../../core/warning.ts'
import { REALM } from './city.ts'
import type { Dice } from './dice.ts'
import type { Life } from './network.ts'
import type { LivePorts } from './ports.ts'

const LOOK_MS = [1_000, 9_000] as const
const STEPS = ['confirmed', 'dispatched', 'closed'] as const

/** A person before the board, who now and then takes a warning up; what got no answer is decided once more, in the same words. */
export async function decideWarnings(life: Life, ports: LivePorts, dice: Dice, isOver: () => boolean): Promise<void> {
  for (let number = 1; !isOver(); number++) {
    await life.sleep(dice.between(...LOOK_MS))
    const shown = await ports.present.read(REALM, 'warnings').catch(() => ({}))
    const warnings = Object.values(shown).map((text): Warning => JSON.parse(text))
    if (warnings.length === 0) continue
    const decision: Decision = {
      type: 'warning-decided',
      realm: REALM,
      id: `decision-${number}`,
      warning: dice.pick(warnings).id,
      to: dice.pick(STEPS),
      by: 'duty officer',
      note: '',
      at: life.clock.now(),
    }
    await insist(life, ports, Buffer.from(`${JSON.stringify(decision)}\n`))
  }
}

async function insist(life: Life, ports: LivePorts, bytes: Uint8Array): Promise<void> {
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
