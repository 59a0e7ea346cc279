import type { Dice } from './dice.ts'
import type { Network, StoreName } from './network.ts'
import type { Running } from './run-world.ts'
import type { Scheduler } from './scheduler.ts'

export interface FaultPlan {
  readonly scheduler: Scheduler
  readonly network: Network
  readonly dice: Dice
  readonly running: readonly Running[]
  readonly isOver: () => boolean
}

const STORES: readonly StoreName[] = ['log', 'history', 'present']
const MOST_FAULTS = 30
const APART_MS = [50, 3_000] as const

/** What befalls the world, one thing after another. */
export function planFaults({ scheduler, network, dice, running, isOver }: FaultPlan): void {
  const befall = () => {
    if (isOver()) return
    const { life, part } = dice.pick(running)
    switch (dice.between(0, 5)) {
      case 0:
      case 1:
      case 2:
        return life().kill()
      case 3:
        return network.restart(dice.pick(STORES), dice.between(100, 5_000))
      case 4:
        return network.cut(part.name, dice.pick(STORES), dice.between(100, 8_000))
      default:
        return life().pause(dice.between(500, 15_000))
    }
  }
  let at = 0
  for (let left = dice.between(10, MOST_FAULTS); left > 0; left--) {
    at += dice.between(...APART_MS)
    scheduler.after(at, befall)
  }
}
