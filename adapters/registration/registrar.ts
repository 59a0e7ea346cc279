/** A device or lower platform that has proved who it is. Times are UTC milliseconds of the wall clock. */
export interface Registration {
  readonly device: string
  readonly realm: string
  /** Where it registered from: only from there is it believed without its password. */
  readonly address: string
  readonly expires: number
  readonly heard: number
  readonly online: boolean
  readonly healthy: boolean
  /** Devices behind it that its last keepalive called faulty. */
  readonly faulty: readonly string[]
}

/** What became of a device: one row of its feed. */
export interface StateChange {
  readonly realm: string
  readonly device: string
  readonly online: boolean
  readonly healthy: boolean
  readonly reason: StateReason
  readonly at: number
}

export type StateReason =
  | 'registered'
  | 'unregistered'
  | 'registration-expired'
  | 'keepalive-missed'
  | 'keepalive-back'
  | 'fault-said'
  | 'fault-over'

export interface Registrar {
  /** `undefined` where so many are registered that no new one is taken. */
  register(device: DeviceAt, expires: number, now: number): readonly StateChange[] | undefined
  unregister(device: string, now: number): readonly StateChange[]
  keepalive(
    device: string,
    said: { readonly healthy: boolean; readonly faulty: readonly string[] },
    now: number,
  ): readonly StateChange[]
  /** The registration, where it still holds and speaks from the address it was made from. */
  find(device: string, address: string, now: number): Registration | undefined
  /** Lets time pass: says who went silent and whose registration ran out. */
  elapse(now: number): readonly StateChange[]
  /** All of it, to be kept over a restart. */
  all(): readonly Registration[]
}

export interface DeviceAt {
  readonly device: string
  readonly realm: string
  readonly address: string
}

export interface RegistrarOptions {
  /** How often devices are told to speak; GB/T 28181 and GA/T 1400 leave it to the site, which commonly has 60 s. */
  readonly keepaliveMs: number
  /** Of an earlier run: whoever does not come back is said to be offline like anybody else. */
  readonly known?: readonly Registration[]
}

/** So many keepalives in a row, and the device is offline. GB/T 28181-2016, 9.6. */
export const MISSED_KEEPALIVES = 3
const MOST_REGISTRATIONS = 20_000
/** A keepalive of a platform lists its faulty devices; more of them are its own matter. */
const MOST_FAULTY = 256

export function createRegistrar({ keepaliveMs, known = [] }: RegistrarOptions): Registrar {
  const registrations = new Map(known.slice(0, MOST_REGISTRATIONS).map((one) => [one.device, one]))

  function change(one: Registration, reason: StateReason, at: number): StateChange {
    const { realm, device, online, healthy } = one
    return { realm, device, online, healthy, reason, at }
  }

  function leave(one: Registration, reason: StateReason, at: number): StateChange[] {
    registrations.delete(one.device)
    return one.online ? [change({ ...one, online: false }, reason, at)] : []
  }

  return {
    register({ device, realm, address }, expires, now) {
      const before = registrations.get(device)
      if (before === undefined && registrations.size >= MOST_REGISTRATIONS) return undefined
      const { healthy = true, faulty = [] } = before ?? {}
      const one: Registration = { device, realm, address, expires, heard: now, online: true, healthy, faulty }
      registrations.set(device, one)
      return before?.online === true && before.realm === realm ? [] : [change(one, 'registered', now)]
    },

    unregister(device, now) {
      const one = registrations.get(device)
      return one === undefined ? [] : leave(one, 'unregistered', now)
    },

    keepalive(device, said, now) {
      const before = registrations.get(device)
      if (before === undefined) return []
      const faulty = said.faulty.slice(0, MOST_FAULTY).filter((id) => id !== device)
      const one: Registration = { ...before, heard: now, online: true, healthy: said.healthy, faulty }
      registrations.set(device, one)
      const changes: StateChange[] = []
      if (!before.online) changes.push(change(one, 'keepalive-back', now))
      if (before.healthy !== one.healthy) changes.push(change(one, one.healthy ? 'fault-over' : 'fault-said', now))
      for (const id of faulty.filter((each) => !before.faulty.includes(each))) {
        changes.push(change({ ...one, device: id, healthy: false }, 'fault-said', now))
      }
      for (const id of before.faulty.filter((each) => !faulty.includes(each))) {
        changes.push(change({ ...one, device: id, healthy: true }, 'fault-over', now))
      }
      return changes
    },

    find(device, address, now) {
      const one = registrations.get(device)
      return one !== undefined && one.address === address && one.expires > now ? one : undefined
    },

    elapse(now) {
      const changes: StateChange[] = []
      for (const one of registrations.values()) {
        if (one.expires <= now) changes.push(...leave(one, 'registration-expired', one.expires))
        else if (one.online && now - one.heard > MISSED_KEEPALIVES * keepaliveMs) {
          const silent = { ...one, online: false }
          registrations.set(one.device, silent)
          changes.push(change(silent, 'keepalive-missed', one.heard + MISSED_KEEPALIVES * keepaliveMs))
        }
      }
      return changes
    },

    all: () => [...registrations.values()],
  }
}
