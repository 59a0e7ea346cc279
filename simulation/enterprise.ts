import type { District } from './city.ts'
import type { Trade } from './trades.ts'

export interface Enterprise {
  readonly index: number
  readonly uscc: string
  readonly name: string
  readonly kind: 'company' | 'sole-trader' | 'co-operative'
  readonly trade: Trade
  readonly district: District
  /** Degrees, five decimals: what a geocoder gives. */
  readonly latitude: string
  readonly longitude: string
  readonly opened: number
  /** Last day; Infinity while it lives. */
  readonly closed: number
  /** Latent and never sent: 1 is the city's mean, the worst are beyond 5. */
  readonly badness: number
  readonly staff: number
  readonly insured: boolean
  /** Number of its group's owner, or -1. */
  readonly group: number
  readonly parent: number
  readonly representative: string
  readonly representativeId: string
}
