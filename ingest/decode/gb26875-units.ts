/** Shape of one information unit, and what it can say. Bytes exclude the time of six bytes that follows most units. */
export interface Gb26875Type {
  readonly type: number
  readonly name: string
  readonly bytes: number
  readonly timed: boolean
}

/** GB/T 26875.3-2011, 8.2, as public decoders have it; of the transmitter itself from 21 on. */
export const GB26875_TYPES: readonly Gb26875Type[] = [
  { type: 1, name: 'system-state', bytes: 4, timed: true },
  { type: 2, name: 'component-state', bytes: 40, timed: true },
  { type: 3, name: 'analog', bytes: 10, timed: true },
  { type: 4, name: 'operation', bytes: 4, timed: true },
  { type: 21, name: 'transmitter-state', bytes: 1, timed: true },
  { type: 24, name: 'transmitter-operation', bytes: 2, timed: true },
  { type: 28, name: 'transmitter-time', bytes: 6, timed: false },
]

/** Bits that a condition has, by weight: the first that is set names the state, all of them are kept. */
export type Conditions = readonly (readonly [bit: number, condition: string])[]

export const SYSTEM_CONDITIONS: Conditions = [
  [1, 'fire'],
  [2, 'fault'],
  [8, 'main-power-fault'],
  [9, 'backup-power-fault'],
  [10, 'bus-fault'],
  [3, 'shielded'],
  [4, 'supervised'],
  [5, 'started'],
  [6, 'feedback'],
  [7, 'delayed'],
  [13, 'reset'],
]

/** What somebody did at the panel (type 4) or at the transmitter (type 24): the only byte of flags that both have. */
export const OPERATIONS: Conditions = [
  [2, 'manual-alarm'],
  [0, 'reset'],
  [3, 'alarm-cleared'],
  [1, 'muted'],
  [4, 'self-test'],
  [5, 'confirmed'],
  [6, 'tested'],
]

export const COMPONENT_CONDITIONS: Conditions = [
  [1, 'fire'],
  [2, 'fault'],
  [8, 'power-fault'],
  [3, 'shielded'],
  [4, 'supervised'],
  [5, 'started'],
  [6, 'feedback'],
  [7, 'delayed'],
]

export const TRANSMITTER_CONDITIONS: Conditions = [
  [1, 'fire'],
  [2, 'fault'],
  [3, 'main-power-fault'],
  [4, 'backup-power-fault'],
  [5, 'line-fault'],
  [6, 'connection-fault'],
]

/** What an analog value measures: its unit, and how many of it one count is. */
export const ANALOG_UNITS: Readonly<
  Record<number, { readonly name: string; readonly unit: string; readonly scale: number }>
> = {
  1: { name: 'events', unit: '', scale: 1 },
  2: { name: 'height', unit: 'm', scale: 0.01 },
  3: { name: 'temperature', unit: '℃', scale: 0.1 },
  4: { name: 'pressure', unit: 'MPa', scale: 0.1 },
  5: { name: 'pressure', unit: 'kPa', scale: 0.1 },
  6: { name: 'gas', unit: '%LEL', scale: 0.1 },
  7: { name: 'time', unit: 's', scale: 1 },
  8: { name: 'voltage', unit: 'V', scale: 0.1 },
  9: { name: 'current', unit: 'A', scale: 0.1 },
  10: { name: 'flow', unit: 'L/s', scale: 0.1 },
  11: { name: 'air-volume', unit: 'm3/min', scale: 0.1 },
  12: { name: 'wind', unit: 'm/s', scale: 1 },
}

/** The gravest condition that is set; a state without one is normal. */
export function conditionOf(status: number, conditions: Conditions, otherwise = 'normal'): string {
  return conditions.find(([bit]) => (status & (1 << bit)) !== 0)?.[1] ?? otherwise
}
