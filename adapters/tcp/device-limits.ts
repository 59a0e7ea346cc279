import type { AdmissionLimits } from './admission.ts'

/** The bounds of a door for devices; what happens at each is said at it. */
export interface DeviceLimits extends AdmissionLimits {
  readonly connections: number
  /** Frames of one connection that are on their way to the log; nothing more is read from it meanwhile. */
  readonly framesEach: number
  /** Frames of all connections together. */
  readonly frames: number
  /** Within this, from when it is read first, a peer has to show that it is a device. */
  readonly helloMs: number
  /** Longer silence is a dead connection: devices report every half minute to every hour. */
  readonly idleMs: number
  /** Bytes of answers that a peer may leave unread before nothing more is read from it. */
  readonly unreadBytes: number
}

export const DEVICE_LIMITS: DeviceLimits = {
  connections: 10_000,
  framesEach: 32,
  frames: 4_000,
  helloMs: 30_000,
  idleMs: 65 * 60_000,
  unreadBytes: 16 * 1024,
  quietMs: 20,
  burstMs: 3_000,
  logIns: 512,
  logInMs: 1_000,
}
