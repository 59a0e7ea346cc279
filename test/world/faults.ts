import type { Dice } from './dice.ts'
import type { Network, StoreName } from './network.ts'
import type { Scheduler } from './scheduler.ts'
import type { Stores } from './stores.ts'
import type { Running } from './supervise.ts'

export interface FaultPlan {
  readonly scheduler: Scheduler
  readonly network: Network
  readonly stores: Stores
  readonly dice: Dice
  readonly running: readonly Running[]
  readonly mayDouble: boolean
  readonly isOver: () => boolean
}

const STORES: readonly StoreName[] = ['log', 'history', 'present']
const MOST_FAULTS = 30
const APART_MS = [50, 1_500] as const

/** What befalls the world, one thing after another. */
export function planFaults({ scheduler, network, stores, dice, running, mayDouble, isOver }: FaultPlan): void {
  const befall = () => {
    if (isOver()) return
    const one = dice.pick(running)
    switch (dice.between(0, 7)) {
      case 0:
      case 1:
      case 2:
        return one.life().kill()
      case 3:
        return network.restart(dice.pick(STORES), dice.between(100, 5_000))
      case 4:
        return network.cut(one.part.name, dice.pick(STORES), dice.between(100, 8_000))
      case 5:
        return mayDouble && one.part.mayBeDoubled
          ? one.doubled(dice.between(5_000, 40_000), dice.between(500, 20_000))
          : undefined
      case 6:
        return loseSnapshots()
      default:
        return one.life().pause(dice.between(500, 15_000))
    }
  }
  /** Lost or damaged, whole ones and what changed since: what they held is built again out of those before or the archive. */
  function loseSnapshots(): void {
    for (const { part, endAll } of running) if (part.mayBeDoubled) endAll()
    network.note('snapshots of processors are lost')
    for (const key of [...stores.snapshots.keys()]) {
      if (!key.includes('/process/') || !dice.chance(0.3)) continue
      const kept = stores.snapshots.get(key)
      if (kept === undefined || dice.chance(0.5)) stores.snapshots.delete(key)
      else stores.snapshots.set(key, { ...kept, state: kept.state.subarray(1) })
    }
  }

  let at = 0
  for (let left = dice.between(10, MOST_FAULTS); left > 0; left--) {
    at += dice.between(...APART_MS)
    scheduler.after(at, befall)
  }
}
