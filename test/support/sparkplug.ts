import { createRequire } from 'node:module'
import type { get } from 'sparkplug-payload'
import type { UMetric, UPayload } from 'sparkplug-payload/lib/sparkplugbpayload.js'
import type { FeedPolicy } from '../../core/feed-policy.ts'
import { validateFeedPolicy } from '../../ingest/mapping/feed-policy.ts'
import { readPolicyFile } from './policy-file.ts'

// A CommonJS package whose exports Node cannot see from here.
const required: { readonly get: typeof get } = createRequire(import.meta.url)('sparkplug-payload')
const codec = required.get('spBv1.0')
if (codec === null) throw new Error('sparkplug-payload knows no Sparkplug B')

/** Encodes as Eclipse Tahu does: the second implementation that our decoder is held against. */
export function sparkplugPayload(payload: UPayload): Buffer {
  return Buffer.from(codec?.encodePayload(payload) ?? [])
}

export const decodeTahu = codec.decodePayload

/** The feed of industrial gateways as the city's policy maps it. */
export const SPARKPLUG_FEED: FeedPolicy = validateFeedPolicy(readPolicyFile('city', 'sparkplug'))

export function bdSeq(value: number): UMetric {
  return { name: 'bdSeq', type: 'UInt64', value }
}

export function float(name: string, value: number, more: Partial<UMetric> = {}): UMetric {
  return { name, type: 'Float', value, ...more }
}
