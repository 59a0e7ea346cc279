import { Retryable } from '../../core/errors.ts'
import type { Clock } from '../../core/time.ts'
import type { Dice } from './dice.ts'
import type { Scheduler } from './scheduler.ts'

export type StoreName = 'log' | 'history' | 'present'

/** One run of a part, from its start to its death: what it remembers dies with it. */
export interface Life {
  readonly part: string
  /** Wall clock of the machine that it runs on. */
  readonly clock: Clock
  isDead(): boolean
  kill(): void
  /** Stands still for so long, as under SIGSTOP: what it has sent is carried out, what it is answered waits. */
  pause(ms: number): void
  /** Goes on after so long, unless it is dead by then. */
  sleep(ms: number): Promise<void>
}

export interface Call<Value> {
  readonly life: Life
  readonly store: StoreName
  /** For the trace. */
  readonly name: string
  readonly effect: () => Value | Promise<Value>
  /** A read that remembers how far it has come: where it fails, it has not been carried out. */
  readonly isCursor?: boolean
}

/** Everything between parts and stores takes time, and may fail in each way in which a call can fail. */
export interface Network {
  born(part: string, skewMs: number): Life
  call<Value>(call: Call<Value>): Promise<Value>
  /** The store restarts: what it had acknowledged is there again afterwards. */
  restart(store: StoreName, downMs: number): void
  /** The part and the store do not reach each other. */
  cut(part: string, store: StoreName, forMs: number): void
  /** From now on nothing fails any more. */
  heal(): void
  faults(): readonly string[]
  /** For the trace. */
  note(text: string): void
}

interface Flight {
  readonly store: StoreName
  readonly part: string
  readonly name: string
  readonly isCursor: boolean
  /** Carries out the effect, for nobody. */
  readonly land: () => void
  readonly fail: (error: Error) => void
}

interface Living extends Life {
  readonly flights: Set<Flight>
  readonly pausedUntil: () => number
}

const LATENCY_MS = [1, 15] as const
/** Of all calls, so many are carried out with their answer lost on the way. */
const LOST_ANSWERS = 0.004
const TRACE_KEPT = 60
const REST_MS = 2_000

export function createNetwork(scheduler: Scheduler, dice: Dice): Network {
  const downUntil = new Map<string, number>()
  const lives = new Set<Living>()
  const trace: string[] = []
  let healed = false

  function note(text: string): void {
    trace.push(`${scheduler.now() - start} ${text}`)
    if (trace.length > TRACE_KEPT) trace.shift()
  }
  const start = scheduler.now()

  const latency = () => dice.between(LATENCY_MS[0], LATENCY_MS[1])
  const unreachable = (store: StoreName) => new Retryable(`${store}-unreachable`, `${store} cannot be reached`)
  const isDown = (key: string) => !healed && (downUntil.get(key) ?? 0) > scheduler.now()

  /** Tells a life something, once it listens. */
  function tell(life: Living, delayMs: number, say: () => void): void {
    scheduler.after(delayMs, () => {
      if (life.isDead()) return
      const standsUntil = life.pausedUntil()
      if (!healed && standsUntil > scheduler.now()) tell(life, standsUntil - scheduler.now(), say)
      else say()
    })
  }

  /** Bit by bit: once all is well nobody waits long for a next try. */
  function rest(life: Living, until: number, wake: () => void): void {
    const left = Math.min(REST_MS, until - scheduler.now())
    tell(life, Math.max(0, left), () => {
      if (healed || scheduler.now() >= until) wake()
      else rest(life, until, wake)
    })
  }

  /** What is under way when a link breaks has arrived, or never does: either way nobody hears of it. */
  function breakOff(flights: Iterable<Flight>, tellSender: boolean): void {
    for (const flight of [...flights]) {
      const arrives = !flight.isCursor && dice.chance(0.5)
      note(`  ${flight.part} ${flight.name} ${arrives ? 'has arrived' : 'is lost'}`)
      if (arrives) flight.land()
      if (tellSender) flight.fail(unreachable(flight.store))
    }
  }

  const flightsOf = (isMeant: (flight: Flight) => boolean) =>
    [...lives].flatMap((life) => [...life.flights].filter(isMeant))

  return {
    born(part, skewMs) {
      let dead = false
      let pausedUntil = 0
      const life: Living = {
        part,
        clock: { now: () => scheduler.now() + skewMs },
        flights: new Set(),
        pausedUntil: () => pausedUntil,
        isDead: () => dead,
        kill() {
          if (dead) return
          note(`${part} is killed`)
          dead = true
          lives.delete(life)
          breakOff(life.flights, false)
          life.flights.clear()
        },
        pause(ms) {
          note(`${part} stands still for ${ms} ms`)
          pausedUntil = scheduler.now() + ms
        },
        sleep: (ms) => new Promise((resolve) => rest(life, scheduler.now() + ms, resolve)),
      }
      note(`${part} starts${skewMs === 0 ? '' : `, its clock off by ${skewMs} ms`}`)
      lives.add(life)
      return life
    },

    call<Value>({ life: sender, store, name, effect, isCursor = false }: Call<Value>): Promise<Value> {
      const life = [...lives].find((one) => one === sender)
      // Whoever is dead waits for ever.
      if (life === undefined) return new Promise(() => undefined)
      return new Promise((resolve, reject) => {
        const { part } = life
        let isOver = false
        const flight: Flight = {
          store,
          part,
          name,
          isCursor,
          land() {
            isOver = true
            Promise.resolve(effect()).catch(() => undefined)
          },
          fail(error) {
            isOver = true
            life.flights.delete(flight)
            tell(life, latency(), () => reject(error))
          },
        }
        life.flights.add(flight)
        scheduler.after(latency(), () => {
          if (isOver) return
          if (isDown(store) || isDown(`${part} ${store}`)) return flight.fail(unreachable(store))
          life.flights.delete(flight)
          const isLost = !healed && !isCursor && dice.chance(LOST_ANSWERS)
          if (isLost) note(`  the answer to ${part} ${name} is lost`)
          Promise.resolve()
            .then(effect)
            .then(
              (value) => tell(life, latency(), () => (isLost ? reject(unreachable(store)) : resolve(value))),
              (error: unknown) => tell(life, latency(), () => reject(error)),
            )
        })
      })
    },

    restart(store, downMs) {
      note(`${store} restarts, away for ${downMs} ms`)
      downUntil.set(store, scheduler.now() + downMs)
      breakOff(
        flightsOf((flight) => flight.store === store),
        true,
      )
    },

    cut(part, store, forMs) {
      note(`${part} does not reach ${store} for ${forMs} ms`)
      downUntil.set(`${part} ${store}`, scheduler.now() + forMs)
      breakOff(
        flightsOf((flight) => flight.store === store && flight.part === part),
        true,
      )
    },

    heal() {
      note('everything is well from here on')
      healed = true
    },

    faults: () => trace,
    note,
  }
}
